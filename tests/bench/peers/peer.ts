export interface RunningPeer extends AsyncDisposable {
  readonly url: string;
  /** Where it answers with the six columns of the vendor's alerts. */
  readonly path: string;
  readonly pid: number;
}

export interface Peer {
  /** Of the npm package. */
  readonly name: string;
  readonly version: string;
  /** Starts it from the folder that it was installed into. */
  start(folder: string, vendor: string): Promise<RunningPeer>;
}
