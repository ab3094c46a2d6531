/** Says where the program answers; it ends when whoever started it does, killed or not. */
export function answersAt(url: string): void {
  process.stdin.resume().once('close', () => process.exit());
  process.stdout.write(`${url}\n`);
}
