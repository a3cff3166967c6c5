import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { parse } from 'yaml';
import { z } from 'zod';
import { Connection } from '../helpers/connection.ts';
import { CLIENT_IP, testWith } from '../helpers/peer-installed.ts';
import { NGINX, startNginx } from '../helpers/peer-nginx.ts';
import { NO_OPS, Program } from '../helpers/program.ts';

// examples/compose. Docker itself is not asked: the form is checked here, and the two programs run as it says, beside each other.

const FOLDER = fileURLToPath(new URL('../../../examples/compose/', import.meta.url));
const read = (name: string) => readFile(join(FOLDER, name), 'utf8');

const service = z.strictObject({
  build: z.string().optional(),
  image: z
    .string()
    .regex(/^[a-z/.-]+:[\w.-]+$/, 'names its version')
    .optional(),
  command: z.array(z.string()).optional(),
  ports: z.array(z.string().regex(/^\d+:\d+$/)).optional(),
  expose: z.array(z.string().regex(/^\d+$/)).optional(),
  volumes: z.array(z.string().regex(/^\.\/[\w.-]+:\/[\w/.-]+:ro$/)).optional(),
  networks: z.union([z.array(z.string()), z.record(z.string(), z.strictObject({ ipv4_address: z.ipv4() }))]),
  depends_on: z.array(z.string()).optional(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.literal('ALL')).optional(),
  security_opt: z.array(z.literal('no-new-privileges:true')).optional(),
  stop_grace_period: z
    .string()
    .regex(/^\d+s$/)
    .optional(),
  restart: z.literal('unless-stopped').optional(),
});

const file = z.strictObject({
  services: z.record(z.string(), service),
  networks: z.record(
    z.string(),
    z.strictObject({ ipam: z.strictObject({ config: z.array(z.strictObject({ subnet: z.cidrv4() })) }) }),
  ),
});

test('the compose file has the form of one, and what it names is there', async (t) => {
  const { services, networks } = file.parse(parse(await read('compose.yaml')));
  const used = Object.values(services);
  t.true(used.length >= 2);
  for (const { build, image, volumes = [], depends_on = [], networks: joined } of used) {
    t.true((build === undefined) !== (image === undefined), 'either is built or has an image');
    if (build !== undefined) t.true(existsSync(join(FOLDER, build, 'Dockerfile')));
    for (const volume of volumes) t.true(existsSync(join(FOLDER, volume.split(':')[0]!)), volume);
    for (const name of depends_on) t.true(name in services, name);
    for (const name of Array.isArray(joined) ? joined : Object.keys(joined)) t.true(name in networks, name);
  }
});

test('in the compose file nginx believes the edge alone, and its port is not published', async (t) => {
  const { services } = file.parse(parse(await read('compose.yaml')));
  const { edge, web } = services;
  const { inside } = edge!.networks as { readonly inside: { readonly ipv4_address: string } };
  t.true((await read('web.conf')).includes(`set_real_ip_from ${inside.ipv4_address};`));
  t.is(web!.ports, undefined);
});

testWith([NGINX])(
  'the programs of the compose file show the client, started as it starts them',
  async (t) => {
    const { services } = file.parse(parse(await read('compose.yaml')));
    const written = await read('web.conf');
    const nginx = await startNginx(t, {
      ports: 1,
      http: ([port]) =>
        written.replace('listen 80 ', `listen 127.0.0.1:${port} `).replace('172.30.0.2', '127.0.0.1'),
    });
    const command = services.edge!.command!.join(' ');
    const here = command
      .replace('--listen=:8080', '--listen=127.0.0.1:0')
      .replace('dns:web:80', `127.0.0.1:${nginx.ports[0]}`);
    const edge = await Program.start(t, `${here} ${NO_OPS}`);
    const client = await Connection.to({ host: '127.0.0.1', port: edge.port(), localAddress: CLIENT_IP });
    client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    t.regex((await client.readToEnd()).toString(), new RegExp(`you are ${CLIENT_IP}\n$`));
  },
);
