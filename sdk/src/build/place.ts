/** Where somebody has to change something. */
export interface Place {
  /** Relative to the plugin's folder. */
  readonly file: string;
  /** Both from 1. */
  readonly line?: number;
  readonly column?: number;
}

/** What is wrong, and where, as far as that is known. */
export interface Fault {
  readonly message: string;
  readonly place?: Place | undefined;
  /** JSON pointer into plugin.json, when it is a member of that which is wrong. */
  readonly pointer?: string;
  /** Code asks for something that plugins do not have. */
  readonly forbidden?: true;
}

/** `src/plugin.ts:12:5`: terminals and editors open it. */
export function placeText({ file, line, column }: Place): string {
  return [file, line, line === undefined ? undefined : column].filter((part) => part !== undefined).join(':');
}

export function placed({ message, place, pointer }: Fault): string {
  const said = pointer === undefined ? message : `plugin.json ${pointer} ${message}`;
  return place === undefined ? said : `${placeText(place)}: ${said}`;
}

/** The author's own file, not one of a dependency. */
export function isOwn({ file }: Place): boolean {
  return !file.includes('node_modules/') && !file.startsWith('../');
}
