/** What the launcher of a job says in the environment of each rank. */

export interface Launcher {
  /** As its users call it. */
  readonly name: string;
  /** Ranks it started. */
  readonly size: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The launcher of this process; undefined when nothing of the kind started it. */
export function findLauncher(environment: Environment): Launcher | undefined {
  const { OMPI_COMM_WORLD_SIZE, PMI_SIZE, PMI_RANK, PMIX_RANK, SLURM_NTASKS } = environment;
  if (OMPI_COMM_WORLD_SIZE) return { name: "Open MPI's mpirun", size: Number(OMPI_COMM_WORLD_SIZE) };
  // A batch script has SLURM_NTASKS too; what srun starts with MPI support also has a rank.
  if (SLURM_NTASKS && (PMI_RANK ?? PMIX_RANK)) return { name: "srun", size: Number(SLURM_NTASKS) };
  return PMI_SIZE ? { name: "MPICH's mpirun", size: Number(PMI_SIZE) } : undefined;
}
