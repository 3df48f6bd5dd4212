/** `quadric train`: data, a network and a method in; a run folder out. */
import type { Command, OptionValues } from "@commander-js/extra-typings";
import {
  activationNames,
  backendNames,
  classWeightNames,
  curvatureNames,
  initializerNames,
  mostThreads,
  ratioBatchNames,
  regularizeNames,
  resolveConfig,
  type TrainFlags,
} from "../config.ts";
import { loadDataset } from "../data/datasets.ts";
import { inputsModes } from "../data/inputs.ts";
import { columnKinds } from "../data/table.ts";
import { taskNames } from "../data/target.ts";
import { lossNames } from "../data/targets.ts";
import { describeEnvironment } from "../environment.ts";
import { fingerprint, placed } from "../fingerprint.ts";
import { groups, helpText } from "../help.ts";
import { commandLine, type Io } from "../io.ts";
import { makeOptimizer, optimizerNames, subproblemNames } from "../optimizers.ts";
import { onRanks, requireSameData } from "../ranks.ts";
import { createRunFolder, freeRunFolder } from "../run-folder.ts";
import { watchTraining } from "../training.ts";
import {
  decimalMark,
  fraction,
  fractionOrNone,
  integer,
  nonNegative,
  nonNegativeOrSearch,
  oneOf,
  part,
  positive,
  yesOrNo,
} from "../values.ts";

export function addTrainCommand(program: Command, io: Io): void {
  const command = program
    .command("train")
    .helpGroup(groups.train)
    .description("Train a network on a table or on images, and keep the run in a folder.")
    .addHelpText(
      "after",
      helpText(
        [
          ["quadric train --data houses.csv --target price", "a table: networks, compared with a linear fit"],
          ["quadric train --data digits", "handwritten digits that come with the command"],
          ["quadric train --data digits --optimizer adam --lr 0.01", "another method, to compare"],
        ],
        "cli#train",
      ),
    );
  withRunOptions(withLengthOptions(withMethodOptions(withModelOptions(withDataOptions(command))))).action(
    ({ out, json, label, column, ...flags }) => {
      return trainInFolder(io, { ...flags, ...(column && { columns: column }) }, { out, json, label });
    },
  );
}

const withDataOptions = <Options extends OptionValues>(command: Command<[], Options>) =>
  command
    .optionsGroup("Data:")
    .option(
      "--data <name>",
      "digits, fashion-mnist, cifar10, a folder of IDX or CIFAR-10 files, or a table (CSV and the like, Parquet)",
      "digits",
    )
    .option("--data-dir <folder>", "where the files of a named data set are")
    .option("--target <column>", "table: the column to predict, a name or an index from 0 (default: the last)")
    .option(
      "--task <kind>",
      "table: numbers or classes (default: what the target suggests)",
      oneOf("--task", taskNames),
    )
    .option("--column <name=kind>", `table: a column's kind, ${columnKinds.join(", ")}; repeatable`, collect)
    .option("--drop <column>", "table: a column to leave out; repeatable", collect)
    .option(
      "--missing <mark>",
      "table: a word for a missing cell, such as -999; repeatable (always: NA, ?, …)",
      collect,
    )
    .option("--header <yes|no>", "table: whether the first line has names (default: guessed)", yesOrNo("--header"))
    .option("--decimal <mark>", "table: point or comma (default: guessed)", decimalMark)
    .option(
      "--test-fraction <share>",
      "examples kept for testing if the data have no test files; 0 for none",
      fractionOrNone("--test-fraction"),
      0.2,
    )
    .option("--test-data <file>", "table: another one to test on, instead of a share of the data")
    .option("--weights <column>", "table: the column with the weights of the rows")
    .option(
      "--class-weights <how>",
      "table: balanced gives every class the same weight (default: every row)",
      oneOf("--class-weights", classWeightNames),
    )
    .option("--examples <n>", "training examples to use, the first so many (default: all)", integer("--examples", 1))
    .option(
      "--inputs <mode>",
      "scale (divide by the largest), standardize or raw (default: scale for bytes, else standardize)",
      oneOf("--inputs", inputsModes),
    );

const withModelOptions = <Options extends OptionValues>(command: Command<[], Options>) =>
  command
    .optionsGroup("Model:")
    .option(
      "--model <name>",
      "autoencoder, convnet, cifar-convnet, or layer sizes such as mlp:64-32-10 (default: mlp:…-64-…; for tables 5*mlp:…-32-…+linear)",
    )
    .option(
      "--activation <name>",
      `of hidden layers: ${activationNames.join(", ")}`,
      oneOf("--activation", activationNames),
    )
    .option(
      "--initializer <name>",
      `of the weights: ${initializerNames.join(", ")} (default: the paper's, fanIn)`,
      oneOf("--initializer", initializerNames),
    )
    .option(
      "--loss <name>",
      `${lossNames.join(", ")} (default: cross-entropy for classes, mse for numbers)`,
      oneOf("--loss", lossNames),
    )
    .option(
      "--quantile <share>",
      "of --loss quantile: the share of targets below the prediction",
      fraction("--quantile"),
    )
    .option(
      "--regularize <how>",
      "table: evidence (curvature chooses widths and penalties) or stopping (each network ends where its held-out loss is least) (default: evidence, if the table is small enough and no other flag of the network is given)",
      oneOf("--regularize", regularizeNames),
    )
    .option(
      "--cv <k>",
      "table: parts of the training rows, one held out from each network (default: 5)",
      integer("--cv", 2),
    )
    .option("--ensemble <n>", "table: networks to average (default: one for each part)", integer("--ensemble", 1))
    .option(
      "--patience <n>",
      "table: evaluations without a lower held-out loss after which a network is done (default: 10)",
      integer("--patience", 1),
    )
    .option(
      "--decay <factor>",
      "table: λ of the penalty (λ/2)·‖w‖²/rows, or search for that with the least held-out error (default: 0.3)",
      nonNegativeOrSearch("--decay"),
    )
    .option("--l2 <factor>", "λ of the penalty (λ/2)·‖w‖²", nonNegative("--l2"))
    .option("--penalty <factor>", "λ of the penalty λ·Σ‖W‖₂ over weights and biases", nonNegative("--penalty"));

const withMethodOptions = <Options extends OptionValues>(command: Command<[], Options>) =>
  command
    .optionsGroup("Method:")
    .option("--optimizer <name>", optimizerNames.join(", "), oneOf("--optimizer", optimizerNames), "auto")
    .option("--preset <problem>", "the paper's settings of a tr-… optimizer, such as fashion-mnist-mlp")
    .option("--warm-start <epochs>", "epochs of the preset's warm start, 0 for none", nonNegative("--warm-start"))
    .option("--curvature <kind>", "hessian or gauss-newton", oneOf("--curvature", curvatureNames))
    .option(
      "--curvature-fraction <part>",
      "part of a batch that the curvature is evaluated on",
      part("--curvature-fraction"),
    )
    .option(
      "--ratio-batch <which>",
      "examples that a step is evaluated on: same, independent or full",
      oneOf("--ratio-batch", ratioBatchNames),
    )
    .option(
      "--subproblem <solver>",
      `of a tr-… optimizer: ${subproblemNames.join(", ")}`,
      oneOf("--subproblem", subproblemNames),
    )
    .option("--radius <length>", "initial radius of a tr-… optimizer", positive("--radius"))
    .option("--sigma <weight>", "initial weight of the cubic term of an arc-… optimizer", positive("--sigma"))
    .option("--max-products <n>", "most curvature products of a step", integer("--max-products", 1))
    .option("--lr <rate>", "learning rate of a first-order method", positive("--lr"))
    .option("--momentum <weight>", "weight of past gradients", fraction("--momentum"))
    .option("--beta <weight>", "weight of past squares in RMSProp and Adam", fraction("--beta"))
    .option("--epsilon <floor>", "floor of an adaptive norm", positive("--epsilon"))
    .option("--weight-decay <rate>", "decay of adamw", nonNegative("--weight-decay"));

const withLengthOptions = <Options extends OptionValues>(command: Command<[], Options>) =>
  command
    .optionsGroup("Length:")
    .option(
      "--batch-size <n>",
      "examples in a batch (default: 512, or all if they are fewer)",
      integer("--batch-size", 1),
    )
    .option("--steps <n>", "steps at most (default: 300 if nothing else limits the run)", integer("--steps", 1))
    .option("--epochs <n>", "epochs at most", positive("--epochs"))
    .option("--budget-backprops <n>", "gradients and curvature products at most", integer("--budget-backprops", 1))
    .option("--budget-seconds <n>", "seconds at most", positive("--budget-seconds"));

const withRunOptions = <Options extends OptionValues>(command: Command<[], Options>) =>
  command
    .optionsGroup("Run:")
    .option("--seed <n>", "decides initial parameters and batches", integer("--seed", 0), 0)
    .option("--backend <name>", "onnx, wasm or jax", oneOf("--backend", backendNames), "onnx")
    .option("--threads <n>", "threads of the onnx backend", integer("--threads", 1, mostThreads), 1)
    .option(
      "--shards <n>",
      "pieces of a batch, a power of two: the same bits on 1, 2, 4, … n ranks of an MPI job",
      integer("--shards", 1),
    )
    .option("--checkpoint-every <n>", "steps between checkpoints", integer("--checkpoint-every", 1), 100)
    .option("--keep-checkpoints <n>", "newest checkpoints kept (default: 2)", integer("--keep-checkpoints", 1))
    .option(
      "--evaluate-every <n>",
      "backprops between evaluations on all training and test data, which count as none; 0 for the end only (default: once an epoch)",
      integer("--evaluate-every", 0),
    )
    .option("--label <name>", "what comparisons call this run's method (default: its optimizer)")
    .option("--out <folder>", "the run folder (default: a new one in runs/)")
    .option("--json", "print one JSON object a line");

/** The values of an option that may be given several times. */
const collect = (value: string, earlier: string[] | undefined): string[] => [...(earlier ?? []), value];

/** Where a run goes, what it is called and how it is told. */
interface RunFlags {
  readonly out?: string;
  readonly json?: boolean;
  readonly label?: string;
}

async function trainInFolder(io: Io, flags: TrainFlags, { out, json = false, label }: RunFlags): Promise<void> {
  await onRanks(io, flags.shards, async (io, reducer) => {
    const dataset = await loadDataset(flags);
    const data = fingerprint(dataset);
    await requireSameData(reducer, data);
    const config = placed(resolveConfig(flags, dataset));
    const { name } = makeOptimizer(config.optimizer, config);
    const path = out ?? freeRunFolder(`${baseName(config.data)}-${name}`);
    const about = {
      ...(label !== undefined && { label }),
      command: commandLine(io),
      started: new Date().toISOString(),
      config,
      fingerprint: data,
      ...describeEnvironment(),
    };
    await watchTraining(io, {
      config,
      dataset,
      json,
      reducer,
      openFolder: ({ method, because, settings }, tell) =>
        createRunFolder(path, { ...about, choice: { method, because }, optimizer: settings }, tell),
    });
  });
}

/** The last part of a path, without its extension. */
function baseName(data: string): string {
  return data
    .replace(/[\\/]+$/, "")
    .split(/[\\/]/)
    .at(-1)!
    .replace(/\.(csv|tsv|tab|txt|dat|data|parquet)(\.gz)?$/i, "");
}
