// Revisions as entity tags: what `ETag` says, and what `If-Match` asks for.

export function etag(revision: number): string {
  return `"${revision}"`;
}

/** The revision that the sender has seen; undefined when any will do. A tag that is not one of ours matches nothing. */
export function revisionOf(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  const found = /^(?:W\/)?"(\d+)"$/.exec(ifMatch.trim());
  return found ? Number(found[1]) : -1;
}
