/**
 * The pull secret.
 *
 * @module
 */

/** Name of the Secret with which images are pulled, in every namespace. */
export const PULL_SECRET = "lattice-registry";
