// `jackfield audit …`: who did what on a host that runs.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Command, InvalidArgumentError } from 'commander';
import type { AuditEntry, AuditVerdict } from '../access/index.ts';
import { download } from './api-client.ts';
import { askHostOf } from './ask-host.ts';
import { CommandError } from './command-error.ts';
import { printTable } from './table.ts';

interface ListOptions {
  readonly instance?: string;
  readonly actor?: string;
  readonly action?: string;
  readonly limit: number;
  readonly json?: boolean;
}

export function addAuditCommands(program: Command): void {
  const audit = program.command('audit').description('who did what; for admins');
  const ask = askHostOf(audit);

  audit
    .command('list')
    .description('the entries, the newest first')
    .option('--instance <id>', 'only about this instance')
    .option('--actor <id>', 'only by this user or token')
    .option('--action <action>', 'only these, such as instance.delete')
    .option('--limit <n>', 'how many', parseCount, 50)
    .option('--json', 'as JSON, with how it was before and after')
    .action(async ({ json, ...filter }: ListOptions) => {
      const query = new URLSearchParams(Object.entries(filter).map(([name, value]) => [name, String(value)]));
      const { entries } = await ask<{ entries: AuditEntry[] }>('GET', `/api/audit?${query.toString()}`);
      if (json === true) process.stdout.write(`${JSON.stringify(entries, undefined, 2)}\n`);
      else printTable(['seq', 'at', 'by', 'from', 'action', 'what'], entries.map(cellsOf));
    });

  audit
    .command('verify')
    .description('whether every entry is as it was written; fails when one was changed, removed or moved')
    .option('--file <export>', 'of a copy that was exported, without asking a host')
    .action(async ({ file }: { file?: string }) => {
      if (file !== undefined) return verifyFile(file);
      const { entries, cut, fault } = await ask<AuditVerdict>('GET', '/api/audit/verify');
      const older = cut === undefined ? '' : `; those up to ${cut} are old and were cut, which an entry accounts for`;
      if (fault === null) {
        process.stdout.write(`${entries} entries, all as they were written${older}\n`);
        return;
      }
      process.stdout.write(`entry ${fault.seq} ${fault.detail}; the ${entries} before it are as they were written\n`);
      process.exitCode = 1;
    });

  audit
    .command('export')
    .description('the entries as NDJSON on stdout, the oldest first, with the hashes of the chain')
    .option('--after <seq>', 'only those after this one', parseCount, 0)
    .action(async ({ after }: { after: number }) => {
      const { url } = audit.opts<{ url: string }>();
      await download(url, process.env['JACKFIELD_TOKEN'], `/api/audit/export?after=${after}`, process.stdout);
    });
}

async function verifyFile(file: string): Promise<void> {
  // With it comes what a host is made of, which every command would wait for.
  const { verifyCopy } = await import('../access/index.ts');
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  const { entries, first, last, hash, fault } = await verifyCopy(lines).catch((error: unknown) => {
    throw new CommandError(
      `${file} cannot be read: ${(error as Error).message}`,
      'Name a file of jackfield audit export.',
    );
  });
  const whole = entries === 0 ? 'no entry' : `${entries} entries, ${first} to ${last}, all as they were written`;
  if (fault === null && entries > 0) {
    process.stdout.write(`${whole}; the last has the hash ${hash}\n`);
    return;
  }
  process.stdout.write(fault === null ? `${whole}\n` : `line ${fault.line} ${fault.detail}; before it: ${whole}\n`);
  process.exitCode = 1;
}

function cellsOf({ seq, at, actor, action, entity }: AuditEntry): string[] {
  const by = actor.id === null ? actor.kind : `${actor.kind} ${actor.id}`;
  return [String(seq), at, by, actor.address ?? '-', action, `${entity.kind} ${entity.id}`];
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 0) throw new InvalidArgumentError('it is a number');
  return count;
}
