/**
 * Ages and durations for people.
 *
 * @module
 */

/**
 * Renders how long ago something was, in its largest unit only.
 *
 * @param since An RFC 3339 timestamp, or nothing when it is not known.
 * @param now The present moment.
 * @returns `45d`, `3h`, `12m` or `7s`; `0s` for the future; `-` when unknown or unreadable.
 */
export function age(since: string | undefined, now: Date): string {
  const then = since === undefined ? NaN : Date.parse(since);
  if (Number.isNaN(then)) return "-";
  const seconds = Math.max(0, Math.floor((now.getTime() - then) / 1000));
  if (seconds >= 86_400) return `${Math.floor(seconds / 86_400)}d`;
  if (seconds >= 3_600) return `${Math.floor(seconds / 3_600)}h`;
  if (seconds >= 60) return `${Math.floor(seconds / 60)}m`;
  return `${seconds}s`;
}

/**
 * Renders how long a step took.
 *
 * @param milliseconds A duration, not negative.
 * @returns `4.2s` below a minute, `1m05s` from there on.
 */
export function elapsed(milliseconds: number): string {
  // Rounded to what is shown first, so that 59.96 s does not become "60.0s".
  const tenths = Math.round(milliseconds / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)}s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
}
