import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installed } from '../../helpers/peer-installed.ts';
import { folderFor, retry } from '../../helpers/peer-start.ts';
import { accountOf } from './account.ts';
import { CLIENT, play, recipe, SITE } from './recipe.ts';

const POSTFIX = installed('postfix');
const POSTCONF = installed('postconf');
const ACCOUNT = accountOf('postfix');

/** Neither chroot nor delivery: what answers, and what it needs. */
const MASTER = `
127.0.0.1:25    inet n - n - - smtpd
127.0.0.1:10026 inet n - n - - smtpd -o smtpd_upstream_proxy_protocol=haproxy
rewrite unix - - n - - trivial-rewrite
cleanup unix n - n - 0 cleanup
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`;

recipe(
  POSTFIX,
  POSTCONF,
  ACCOUNT,
)('Postfix sees the client, by a sidecar and by the header itself: its log', async (t) => {
  const [{ site, abroad }, folder] = await Promise.all([play(t, 'SMTP: Postfix'), folderFor(t)]);
  const [spool, data, log] = ['spool', 'data', 'mail.log'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(spool);
  mkdirSync(data);
  chownSync(data, ACCOUNT.uid, ACCOUNT.gid);
  await writeFile(join(folder, 'master.cf'), MASTER);
  await writeFile(
    join(folder, 'main.cf'),
    [
      'compatibility_level = 3.6',
      `queue_directory = ${spool}`,
      `data_directory = ${data}`,
      `maillog_file = ${log}`,
      `maillog_file_prefixes = ${folder}`,
      'myhostname = site.example',
      'mydestination =',
      'mynetworks = 127.0.0.0/8',
      'smtputf8_enable = no',
      'inet_protocols = ipv4',
      'smtpd_peername_lookup = no',
      'smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination',
    ].join('\n'),
  );
  // Makes the folders; what `start` would run then would not end with the test.
  const check = spawnSync(POSTFIX.command, ['-c', folder, 'check']);
  t.is(check.status, 0);
  const { stdout: programs } = spawnSync(POSTCONF.command, ['-c', folder, '-h', 'daemon_directory'], {
    encoding: 'utf8',
  });
  const server = site.start(t, join(programs.trim(), 'master'), ['-c', folder, '-d']);
  // Its children end with it where it is told.
  t.teardown(() => server.stop('SIGTERM'));
  const logged = (pattern: RegExp, count: number) =>
    retry(async () => {
      const text = await readFile(log, 'utf8');
      if ((text.match(pattern)?.length ?? 0) < count) throw new Error(text);
    }, server);
  await logged(/daemon started/g, 1);
  for (const port of [25, 2525]) {
    const { text } = await abroad.visit(t, {
      to: `${SITE}:${port}`,
      bytes:
        'EHLO client.example\r\nMAIL FROM:<a@client.example>\r\nRCPT TO:<b@elsewhere.example>\r\nQUIT\r\n',
    });
    // Who may relay depends on who it is: from 127.0.0.1 it would have been taken.
    t.regex(text, /^220 site\.example [\s\S]*\r\n554 .* Relay access denied\r\n/);
  }
  await logged(new RegExp(`: connect from unknown\\[${CLIENT.replaceAll('.', '\\.')}\\]`, 'g'), 2);
  t.pass();
});
