// Node's builtin modules that plugin code may import, with and without `node:`. All of them compute; none reaches a file, a
// socket, a process or another thread. The builder refuses every other one, and the sandbox does too.
export const ALLOWED_BUILTINS: readonly string[] = [
  ...['assert', 'buffer', 'crypto', 'events', 'path', 'path/posix', 'process', 'punycode', 'querystring'],
  ...['stream', 'stream/promises', 'stream/web', 'string_decoder', 'timers', 'timers/promises'],
  ...['url', 'util', 'util/types', 'zlib'],
];
