/**
 * The pinned versions of everything that Lattice installs: `versions.json`, as a typed value.
 *
 * @module
 */
import pinned from "./versions.json" with { type: "json" };

/** Something whose version is pinned. */
export type Component = keyof typeof pinned;

/** Version of each component, without `v`. */
export const versions: Readonly<Record<Component, string>> = Object.freeze({ ...pinned });
