import type { Variant } from "../runtime-folder.js";

/** What an installation is made of, each part in one version. */
export interface Recipe {
  readonly variant: Variant;
  /** Of the package for Node. */
  readonly bindingVersion: string;
  readonly tensorflowVersion: string;
  /** The Python package that holds TensorFlow's libraries. */
  readonly wheel: { readonly project: string; readonly file: string; readonly sha256: string };
  /** CUDA's libraries: lines of a requirements file. */
  readonly cuda: readonly string[];
  /** The download's size, in words. */
  readonly download: string;
}

const wheelPlatform = "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64";
const versions = { bindingVersion: "4.22.0", tensorflowVersion: "2.15.1" };

/** @source the and-cuda extra in the metadata of tensorflow 2.15.1 */
const cudaLibraries = [
  "nvidia-cublas-cu12==12.2.5.6",
  "nvidia-cuda-cupti-cu12==12.2.142",
  "nvidia-cuda-nvcc-cu12==12.2.140",
  "nvidia-cuda-nvrtc-cu12==12.2.140",
  "nvidia-cuda-runtime-cu12==12.2.140",
  "nvidia-cudnn-cu12==8.9.4.25",
  "nvidia-cufft-cu12==11.0.8.103",
  "nvidia-curand-cu12==10.3.3.141",
  "nvidia-cusolver-cu12==11.5.2.141",
  "nvidia-cusparse-cu12==12.1.2.141",
  "nvidia-nccl-cu12==2.16.5",
  "nvidia-nvjitlink-cu12==12.2.140",
];

/** The tested combinations. */
export const recipes: { readonly [variant in Variant]: Recipe } = {
  cpu: {
    ...versions,
    variant: "cpu",
    wheel: {
      project: "tensorflow-cpu",
      file: `tensorflow_cpu-2.15.1-${wheelPlatform}.whl`,
      sha256: "54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26",
    },
    cuda: [],
    download: "207 MB",
  },
  gpu: {
    ...versions,
    variant: "gpu",
    wheel: {
      project: "tensorflow",
      file: `tensorflow-2.15.1-${wheelPlatform}.whl`,
      sha256: "bb0edd69103c154245c5f209f0507355cc68ba7e4de350084bc31edc562478e4",
    },
    cuda: cudaLibraries,
    download: "more than 2 GB",
  },
};
