/** The laboratory's command line as tests call it. */
import { type Answer, run } from "../../cli/test/command.ts";
import { lab as program } from "../src/cli.ts";

/** Runs one command in this process, off a terminal. */
export const lab = (...args: string[]): Promise<Answer> => run(program, args);
