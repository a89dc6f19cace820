/**
 * The version of Lattice.
 *
 * @module
 */

import config from "./deno.json" with { type: "json" };

/** The version of the `@lattice/cli` package, as `lattice --version` prints it. */
export const VERSION: string = config.version;
