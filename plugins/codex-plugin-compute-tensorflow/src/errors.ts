import { defineErrors } from "codex-core";

/** Errors of the TensorFlow backend and of its installer. */
export const computeTensorflowErrors = defineErrors({
  CODEX_COMPUTE_RUNTIME_MISSING: {
    exitCode: 1,
    when: "The library that a compute backend runs on is missing, broken, or not shipped for this platform.",
    fix: "Reinstall the backend's package; `codex doctor` shows what was looked for.",
  },
  CODEX_TENSORFLOW_PLATFORM: {
    exitCode: 2,
    when: "TensorFlow is to be installed on a platform that the installer does not know.",
    why: "TensorFlow's libraries are published in a form that Node can use for Linux on x64 with glibc only.",
    fix: "Compute with another backend, compute.type=onnx or wasm, or use Linux on x64 with glibc 2.17 or newer.",
  },
  CODEX_TENSORFLOW_TOOL_MISSING: {
    exitCode: 2,
    when: "A program that installing TensorFlow needs is not there: npm, python3 with pip, or a C++ compiler.",
    why: "TensorFlow's libraries come in a Python package, and the binding that calls them is compiled on this machine.",
    fix: "Install the program that the message names.",
  },
  CODEX_TENSORFLOW_DOWNLOAD: {
    exitCode: 1,
    when: "A package of TensorFlow cannot be downloaded.",
    fix: "Check the network and the proxy settings of npm and pip, and run the command again: it goes on where it ended.",
  },
  CODEX_TENSORFLOW_DIGEST: {
    exitCode: 1,
    when: "A downloaded package of TensorFlow is not the one that this version of Codex was tested with.",
    why: "Every byte is compared with a SHA-256 digest before anything of the package is used.",
    fix: "Run the command again. If it stays so, the package index or a proxy gives out another file: find out which.",
  },
  CODEX_TENSORFLOW_BUILD: {
    exitCode: 1,
    when: "Unpacking TensorFlow's libraries or compiling the binding fails.",
    fix: "Look at the reason: 2 GB of free disk space and a compiler that knows C++17 are needed.",
  },
  CODEX_TENSORFLOW_FOLDER: {
    exitCode: 1,
    when: "The folder of installed libraries cannot be written.",
    why: "The disk is full, or this user may not write there.",
    fix: "Free space, let this user write to the folder, or set XDG_CACHE_HOME to another one, for training too.",
  },
  CODEX_TENSORFLOW_UNUSABLE: {
    exitCode: 1,
    when: "TensorFlow is installed, but does not multiply two matrices rightly in a process of its own.",
    fix: "Run `codex compute remove tensorflow` and install again; a processor without AVX cannot run it.",
  },
});
