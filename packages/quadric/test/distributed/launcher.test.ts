import { describe, expect, test } from "vitest";
import { findLauncher } from "../../src/distributed/launcher.ts";

describe("findLauncher()", () => {
  test("tells who started how many ranks", () => {
    expect(findLauncher({})).toBeUndefined();
    expect(findLauncher({ OMPI_COMM_WORLD_SIZE: "4" })).toEqual({ name: "Open MPI's mpirun", size: 4 });
    expect(findLauncher({ PMI_SIZE: "2", PMI_RANK: "0" })).toEqual({ name: "MPICH's mpirun", size: 2 });
    expect(findLauncher({ SLURM_NTASKS: "8", PMIX_RANK: "3" })).toEqual({ name: "srun", size: 8 });
  });

  test("does not take a batch script for a rank", () => {
    expect(findLauncher({ SLURM_NTASKS: "8" })).toBeUndefined();
  });
});
