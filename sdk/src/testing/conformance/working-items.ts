// Bronze: it does what it says when everything is well.
import { failureOf, piecesOf, type Piece, type Trial } from './trial.ts';

export async function connects(trial: Trial): Promise<string[]> {
  if (!trial.manifest.check) return ['the plugin has no check: a connection cannot be tested'];
  return works(trial, 'check');
}

export function queriesAnswer(trial: Trial): Promise<string[]> {
  return works(trial, 'query');
}

export async function streamsRead(trial: Trial): Promise<string[]> {
  const faults: string[] = [];
  for (const piece of piecesOf(trial).filter(({ kind }) => kind === 'stream')) {
    trial.vendor.behave();
    const { id, what } = piece;
    const read = await trial.plugin
      .stream(id)
      .read()
      .catch((error: unknown) => String(error));
    if (typeof read === 'string') {
      faults.push(read);
      continue;
    }
    const { primaryKey = [] } = trial.manifest.streams?.[id] ?? {};
    const keyless = read.rows.findIndex((row) => primaryKey.some((name) => (row[name] ?? null) === null));
    if (keyless >= 0) {
      faults.push(`${what}: row ${keyless + 1} has no ${primaryKey.join(', ')}`);
      continue;
    }
    trial.reads.set(id, read);
    trial.working.set(piece, read.vendorCalls);
  }
  return faults;
}

async function works(trial: Trial, kind: Piece['kind']): Promise<string[]> {
  const faults: string[] = [];
  for (const piece of piecesOf(trial).filter((each) => each.kind === kind)) {
    trial.vendor.behave();
    const run = piece.run(trial.plugin);
    const failure = await failureOf(run);
    if (failure === undefined) trial.working.set(piece, (await run).vendorCalls);
    else faults.push(hint(failure.message, piece));
  }
  return faults;
}

function hint(message: string, { kind, id }: Piece): string {
  if (kind !== 'query' || !message.includes('params_invalid')) return message;
  return `${message}\n  name them as params: { ${id}: { … } } in test/conformance.ts`;
}
