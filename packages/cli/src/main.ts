/** Entry of the bin. */
import { quadric } from "./cli.ts";
import { runProcess } from "./program.ts";

await runProcess(quadric);
