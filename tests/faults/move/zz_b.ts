import { benchMove } from "/work/main/tests/bench/move.ts";
import { benchTable } from "/work/main/tests/bench/types.ts";
const sizes = Deno.args.map(Number);
console.log(benchTable(await benchMove(sizes)));
