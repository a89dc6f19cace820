/**
 * The operator as the product starts it, except that containers become machines in CAPD's memory.
 *
 * @module
 */
import { runProgram } from "../../../operator/main.ts";
import { renderInMemory } from "./in_memory.ts";

if (import.meta.main) await runProgram({ render: renderInMemory });
