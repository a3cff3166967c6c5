import { chownSync, mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installed } from '../../helpers/peer-installed.ts';
import { folderFor } from '../../helpers/peer-start.ts';
import { accountOf } from './account.ts';
import { CLIENT, play, recipe, SITE } from './recipe.ts';

const POSTFIX = installed('postfix');
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

recipe(POSTFIX, ACCOUNT)(
  'Postfix sees the client, by a sidecar and by the header itself: its log',
  async (t) => {
    const [{ site, abroad }, folder] = await Promise.all([play(t, 'SMTP: Postfix'), folderFor(t)]);
    const [spool, data] = [join(folder, 'spool'), join(folder, 'data')];
    for (const each of [spool, data]) mkdirSync(each);
    chownSync(data, ACCOUNT.uid, ACCOUNT.gid);
    await writeFile(join(folder, 'master.cf'), MASTER);
    await writeFile(
      join(folder, 'main.cf'),
      [
        'compatibility_level = 3.6',
        `queue_directory = ${spool}`,
        `data_directory = ${data}`,
        'maillog_file = /dev/stdout',
        'myhostname = site.example',
        'mydestination =',
        'mynetworks = 127.0.0.0/8',
        'smtputf8_enable = no',
        'inet_protocols = ipv4',
        'smtpd_peername_lookup = no',
        'smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination',
      ].join('\n'),
    );
    const server = site.start(t, POSTFIX.command, ['-c', folder, 'start-fg']);
    await server.line(/daemon started/);
    for (const port of [25, 2525]) {
      const { text } = await abroad.visit(t, {
        to: `${SITE}:${port}`,
        bytes:
          'EHLO client.example\r\nMAIL FROM:<a@client.example>\r\nRCPT TO:<b@elsewhere.example>\r\nQUIT\r\n',
      });
      // Who may relay depends on who it is: from 127.0.0.1 it would have been taken.
      t.regex(text, /^220 site\.example .*\r\n554 |^220 site\.example [\s\S]*\r\n(454|554) /, text);
    }
    await server.until('both', () => {
      const lines = server.stdout.filter((line) => line.includes(`: connect from unknown[${CLIENT}]`));
      return lines.length === 2 ? lines : undefined;
    });
  },
);
