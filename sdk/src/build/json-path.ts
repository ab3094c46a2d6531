// Steps of a JSON pointer, and of a path as error messages write it (`queries.items.columns[0]`).

export function stepsOfPointer(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Of the path a message begins with; none when it begins with something else. */
export function stepsOfMessage(message: string): string[] {
  const [path = ''] = /^[a-z]\w*(?:\.[\w-]+|\[\d+\])+/i.exec(message) ?? [];
  return path.split(/[.[\]]+/).filter((step) => step !== '');
}
