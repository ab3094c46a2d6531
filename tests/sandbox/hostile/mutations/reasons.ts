// Ideas that no mutation lets through, and why. What stops them is not a wall that we have built; they are tried all the same, because
// it may be gone with the next version of Node.
const IN_WORKERS = 'Node itself has it in no worker thread.';

export const REASONS: Readonly<Record<string, string>> = {
  'gets a module by a blob URL': 'Node itself imports no such URL.',
  'writes a user name into its own address':
    'The standard Request refuses it first; what the gateway says to it is in `tests/gateway/policy.test.ts`.',
  'opens an EventSource': 'Node itself has none unless it is started with a flag.',
  'aborts the process': IN_WORKERS,
  'executes another program': IN_WORKERS,
  'changes the user': IN_WORKERS,
  'changes the folder': IN_WORKERS,
  'reads its callers from a stack trace':
    'V8 shows neither `this` nor the functions of strict code, and modules are strict.',
  'reads the credential off its own request':
    'Nothing in its thread ever holds it: credentials are added in another one.',
  'exits after its run':
    'Whether another run is on its thread by then is chance; `tests/sandbox/deaths.test.ts` makes sure that one is.',
  'ends its thread':
    'An exit in a worker thread ends that thread; that others live on is in `tests/sandbox/deaths.test.ts`.',
};
