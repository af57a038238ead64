// What the tests hand in: files (name -> bytes) and facts. `record` keeps what the program answers to each of them.

import { readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);
const read = (path) => readFileSync(new URL(path, root));
const examples = JSON.parse(read('src/publish/web/examples.json'));
const example = (name) => Buffer.from(examples[name]);

/** The moment at which everything is diagnosed. */
export const NOW = '2026-11-24T12:00:00Z';

const VALIDATION = example('validation-failed.log');

const UNKNOWN = `2026-11-24 03:00:00 INFO  frobnicator started
2026-11-24 03:00:02 ERROR frobnicator: the flux of the certificate is inverted
2026-11-24 03:00:02 FATAL frobnicator: giving up on shop.example.org
`;

const OVER = `2026-11-24 03:00:01 INFO Performing the following challenges: dns-01 challenge for shop.example.org
2026-11-24 03:00:04 ERROR Challenge failed for domain shop.example.org: DNS problem: NXDOMAIN looking up TXT for _acme-challenge.shop.example.org - check that a DNS record exists for this domain
2026-11-24 09:00:01 INFO Performing the following challenges: dns-01 challenge for shop.example.org
2026-11-24 09:00:09 INFO Successfully received certificate.
2026-11-24 09:00:09 INFO Certificate is saved at: /etc/letsencrypt/live/shop.example.org/fullchain.pem
`;

// Markup, terminal colours, a title for the terminal, text that runs backwards, zeros, and a line of a million letters.
const HOSTILE = Buffer.from(
  [
    '2026-11-18 02:00:11.040 INFO  [provisioning] <script>window.hacked = 1</script><img src=x onerror="window.hacked = 2">',
    `2026-11-18 02:00:11.100 INFO  [provisioning] ${'A'.repeat(1_000_000)}`,
    '2026-11-18 02:00:11.377 INFO  [provisioning] \u001b[31mred\u001b[0m \u001b]0;title\u0007 \u202egnirts\u202c \u0000 end',
    '2026-11-18 02:00:12.004 ERROR [provisioning] Restart or reload failure: "systemctl reload nginx" returned 1',
    '2026-11-18 02:00:12.008 ERROR [provisioning] nginx: [emerg] unknown directive "ssl_<script>window.hacked = 3</script>\u202e" in /etc/nginx/conf.d/<b onclick=alert(1)>.conf:14',
    '2026-11-18 02:00:12.009 ERROR [provisioning] </pre></code><iframe src="https://evil.example"></iframe> failed: \u001b[2J\u202e',
    '',
  ].join('\n'),
);

/** Lines of the large log, and the one that tells. */
export const BIG_LINES = 520_000;
export const BIG_LINE = 400_001;

function big() {
  const failing = example('renewed-but-old-served.log').toString().split('\n')[6];
  const lines = [];
  for (let line = 1; line <= BIG_LINES; line += 1) {
    const seconds = Math.floor(line / 10);
    const time = new Date(Date.UTC(2026, 10, 17, 9, 0, seconds)).toISOString().slice(0, 19).replace('T', ' ');
    lines.push(line === BIG_LINE ? failing : `${time}.000 INFO  [poll] request ${line % 1000} for web01.example.org answered with status 200, nothing to do`);
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

export const scenarios = {
  renewed: { files: () => ({ 'renewed-but-old-served.log': example('renewed-but-old-served.log') }) },
  validation: { files: () => ({ 'pasted text': VALIDATION }) },
  'validation-404': { files: () => ({ 'pasted text': VALIDATION }), facts: ['dcv.challenge_http_status=404'] },
  'renewed-pasted': { files: () => ({ 'pasted text': example('renewed-but-old-served.log') }) },
  two: {
    files: () => ({
      'bot.log': example('renewed-but-old-served.log'),
      'lego.log': read('tests/cases/lego-caa-accounturi-mismatch/log.txt'),
    }),
  },
  healthy: { files: () => ({ 'journal.log': read('tests/quiet/healthy-nginx-reload-journal/journal.log') }) },
  unknown: { files: () => ({ 'frobnicator.log': Buffer.from(UNKNOWN) }) },
  over: { files: () => ({ 'letsencrypt.log': Buffer.from(OVER) }) },
  facts: { files: () => ({ 'stuck-at-deployment-pending.json': example('stuck-at-deployment-pending.json') }) },
  'fact-alone': { files: () => ({}), facts: ['bot.status=Stopped'] },
  unreadable: { files: () => ({ 'journal.log': read('tests/quiet/healthy-nginx-reload-journal/journal.log'), 'photo.png': Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 1, 2, 3, 0xff, 0xfe]) }) },
  hostile: { files: () => ({ 'hostile.log': HOSTILE }) },
  big: { files: () => ({ 'big.log': big() }) },
};
