const stepFolder = /^step-\d{8,}$/;
const standIn = /^step-0(\d{8,})$/;

/** Name of the folder of a step's checkpoint: `step-00000250`. */
export function stepFolderName(step: number): string {
  return `step-${String(step).padStart(8, "0")}`;
}

/** Whether a folder's name is that of a checkpoint. */
export function isStepFolder(name: string): boolean {
  return stepFolder.test(name);
}

/**
 * The name that a checkpoint bears while another one of its step takes its place: one zero more. It still is the name
 * of a checkpoint, so that a reader finds one of the two whenever the power goes.
 */
export function standInName(name: string): string {
  return name.replace("step-", "step-0");
}

/** The name that a stand-in had before; undefined when the name is no stand-in's. */
export function nameBefore(name: string): string | undefined {
  const digits = standIn.exec(name)?.[1];
  return digits === undefined ? undefined : `step-${digits}`;
}
