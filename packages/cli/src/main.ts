/** Entry of the bundle. It awaits nothing while it loads: parts that are loaded on use may import it. */
import { quadric } from "./cli.ts";
import { runProcess } from "./program.ts";

export const main = (): Promise<void> => runProcess(quadric);
