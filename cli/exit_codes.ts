/**
 * The exit codes of `lattice`.
 *
 * @module
 */

/** Exit codes by meaning. Those of errors follow from `exitCode()` of `@lattice/api/errors`. */
export const EXIT: Readonly<
  Record<
    "ok" | "failure" | "usage" | "validation" | "notFound" | "timeout" | "interrupted",
    number
  >
> = {
  ok: 0,
  failure: 1,
  usage: 2,
  validation: 3,
  notFound: 4,
  timeout: 5,
  interrupted: 130,
};

/** The text of `lattice help exit-codes`. */
export const EXIT_CODE_HELP: string = `Exit codes:
  0    success
  1    the command failed; the error says what to do next
  2    wrong usage: unknown command or flag, missing argument
  3    invalid input: a file, a name or the state of this machine was refused; nothing was created
  4    not found
  5    timed out; the same command with the same --run-id resumes
  130  interrupted (Ctrl-C); the same command with the same --run-id resumes
`;
