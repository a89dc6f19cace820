/**
 * The `lattice` command line as a library: {@linkcode run} takes arguments and an
 * {@linkcode Io} and answers with an exit code, without touching the process it runs in.
 *
 * @module
 */

export { EXIT } from "./exit_codes.ts";
export { type Io, processIo } from "./io.ts";
export { run } from "./run_cli.ts";
export { VERSION } from "./version.ts";
