import { defineErrors } from "./define-errors.js";

/** Errors of putting a run's parts together. */
export const partErrors = defineErrors({
  CODEX_PART_MISSING: {
    exitCode: 2,
    when: "A part that the command or another part depends on is not in the config.",
    fix: "Add the section to the config.",
  },
  CODEX_PART_CYCLE: {
    exitCode: 2,
    when: "Parts depend on each other in a circle.",
    why: "Each part is made before the parts that depend on it.",
    fix: "Report it to the authors of the plugins, or choose another type for one of them.",
  },
  CODEX_PART_OPTIONS: {
    exitCode: 2,
    when: "A plugin's own code refuses the options that the config gives it.",
    fix: "Correct the options in the config.",
  },
  CODEX_PART_CREATE_FAILED: {
    exitCode: 1,
    when: "A plugin's factory throws something that is no coded error, or makes nothing.",
    fix: "Report it to the plugin's author; the cause is in the run's log.",
  },
  CODEX_PART_CREATE_TIMEOUT: {
    exitCode: 1,
    when: "A plugin's factory does not settle in time.",
    fix: "Report it to the plugin's author, or leave the part out of the config.",
  },
  CODEX_PART_REPLACEMENT: {
    exitCode: 2,
    when: "A part that was handed to `createKernel` is neither an instance nor a class.",
    fix: "Give an instance, a class, or for a point that several fill an object of these by name.",
  },
  CODEX_PART_STATE: {
    exitCode: 2,
    when: "A part cannot take back the state that a checkpoint keeps of it.",
    fix: "Resume with the version of the plugin that wrote the checkpoint.",
  },
  CODEX_PART_FAILED: {
    exitCode: 1,
    when: "A callback, a metric or another part that the work depends on throws something that is no coded error.",
    fix: "Report it to the plugin's author, or mark the part `optional: true` in the config.",
  },
  CODEX_PART_DISPOSAL: {
    exitCode: 1,
    when: "Parts fail while they are closed at the end of a run.",
    why: "Every part is closed, in the reverse order of making, whatever the others do.",
    fix: "The causes tell which part failed; the run's results are complete.",
  },
});
