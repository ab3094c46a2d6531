// Lines that change, for who watches: drawn over on a terminal, written out now and then where there is none.

export interface Progress {
  /** One line for each name, in this order. */
  show(lines: ReadonlyMap<string, string>): void;
  /** A line that stays. */
  say(line: string): void;
  end(): void;
}

/** Of a stream, what progress needs; tests have their own. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Plain lines of the same name come no faster. */
const PLAIN_EVERY = 10_000;
const NARROW = 80;

export function createProgress(screen: Screen, env: NodeJS.ProcessEnv, now: () => number): Progress {
  return screen.isTTY === true && !env['CI'] && env['TERM'] !== 'dumb'
    ? createDrawing(screen)
    : createListing(screen, now);
}

function createDrawing(screen: Screen): Progress {
  let drawn = 0;
  const erase = (): void => {
    if (drawn > 0) screen.write(`\u001b[${drawn}A\u001b[0J`);
    drawn = 0;
  };
  return {
    show(lines) {
      erase();
      // A line that wraps is two, and the next drawing would start too low.
      const width = (screen.columns ?? NARROW) - 1;
      for (const line of lines.values()) screen.write(`${line.slice(0, width)}\n`);
      drawn = lines.size;
    },
    say(line) {
      erase();
      screen.write(`${line}\n`);
    },
    end: erase,
  };
}

function createListing(screen: Screen, now: () => number): Progress {
  const shown = new Map<string, { readonly line: string; readonly at: number }>();
  return {
    show(lines) {
      for (const [name, line] of lines) {
        const last = shown.get(name);
        if (last !== undefined && (last.line === line || now() - last.at < PLAIN_EVERY)) continue;
        shown.set(name, { line, at: now() });
        screen.write(`${line}\n`);
      }
    },
    say: (line) => void screen.write(`${line}\n`),
    end: () => undefined,
  };
}
