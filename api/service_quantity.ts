/**
 * Arithmetic on quantities of Kubernetes.
 *
 * @module
 */
import { QUANTITY } from "./service_parts.ts";

const DECIMAL = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/**
 * The amount that a quantity stands for.
 *
 * @param text e.g. `250m`, `1.5Gi`, `1e3`
 * @returns the amount in whole units, or undefined when it is not a quantity
 */
export function parseQuantity(text: string): number | undefined {
  const parts = QUANTITY.exec(text);
  if (!parts) return undefined;
  const amount = Number(parts[1]);
  const unit = parts[3] ?? "";
  if (/^[eE][-+]?[0-9]/.test(unit)) return amount * 10 ** Number(unit.slice(1));
  if (unit.endsWith("i")) return amount * 1024 ** BINARY.indexOf(unit);
  return amount * 1000 ** (DECIMAL.indexOf(unit) - DECIMAL.indexOf(""));
}
