/**
 * Parsers of flag values that several commands share.
 *
 * @module
 */

import { type Command, InvalidArgumentError } from "commander";

/**
 * Makes a parser that accepts one of a few words, in any case.
 *
 * @param words The legal values, lower-case.
 * @returns A parser for commander; it throws `InvalidArgumentError` naming the legal values.
 */
export function oneOf<T extends string>(...words: readonly T[]): (value: string) => T {
  return (value) => {
    const found = words.find((word) => word === value.toLowerCase());
    if (found === undefined) throw new InvalidArgumentError(`Write one of: ${words.join(", ")}.`);
    return found;
  };
}

/**
 * Refuses a command line without an option. Commander's own check runs before it looks at unknown
 * options, so that `--fil x` would be answered with "--file is missing" and no suggestion.
 *
 * @param command The command that was parsed.
 * @param name Long name of the option, without dashes.
 */
export function needOption(command: Command, name: string): void {
  if (command.getOptionValue(name) !== undefined) return;
  const option = command.options.find((each) => each.attributeName() === name);
  command.error(`error: required option '${option?.flags ?? name}' not specified`, { exitCode: 2 });
}
