/**
 * Port blocks. (Signatures.)
 * @module
 */
/** Reserves a block of 16 loopback ports for a cluster name; the same name gets the same block again. Returns its base. */
export function reservePorts(home: string, owner: string): Promise<number> {
  return Promise.reject(new Error(`not built yet: ${home} ${owner}`));
}
/** Releases the block of a cluster name that was reserved but never planned. False if there was none. */
export function releasePorts(home: string, owner: string): Promise<boolean> {
  return Promise.reject(new Error(`not built yet: ${home} ${owner}`));
}
