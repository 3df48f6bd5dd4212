/** Entry of the bin. */
import { runProcess } from "quadric-cli/internal";
import { lab } from "./cli.ts";

await runProcess(lab);
