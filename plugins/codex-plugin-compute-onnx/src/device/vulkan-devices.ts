import type { Koffi } from "../runtime/ort-api.js";

/** A device as Vulkan lists it. */
export interface VulkanDevice {
  readonly name: string;
  readonly type: "other" | "integrated" | "discrete" | "virtual" | "software";
  /** Most bytes that a shader sees of one buffer. */
  readonly storageLimitBytes: number;
}

const types = ["other", "integrated", "discrete", "virtual", "software"] as const;

/** Places in VkPhysicalDeviceProperties. @source Vulkan specification, VkPhysicalDeviceProperties and its limits */
const typeOffset = 16;
const nameOffset = 20;
const nameBytes = 256;
const limitsOffset = 296;
const storageRangeOffset = limitsOffset + 28;
/** More than the whole structure has. */
const propertiesBytes = 4096;

/**
 * Lists the devices of Vulkan's drivers; none where its loader is missing. Takes tens of milliseconds: the loader
 * loads every driver.
 */
export function listVulkanDevices(koffi: Koffi, library = "libvulkan.so.1"): readonly VulkanDevice[] {
  let vulkan: ReturnType<Koffi["load"]>;
  try {
    vulkan = koffi.load(library);
  } catch {
    return [];
  }
  const createInstance = vulkan.func("vkCreateInstance", "int", ["void *", "void *", "void *"]);
  const enumerate = vulkan.func("vkEnumeratePhysicalDevices", "int", ["void *", "void *", "void *"]);
  const describe = vulkan.func("vkGetPhysicalDeviceProperties", "void", ["void *", "void *"]);
  const destroyInstance = vulkan.func("vkDestroyInstance", "void", ["void *", "void *"]);
  // VkInstanceCreateInfo: its structure type, 1, and nothing else.
  const info = BigUint64Array.of(1n, 0n, 0n, 0n, 0n, 0n, 0n, 0n);
  const instance = new BigUint64Array(1);
  if (createInstance(info, null, instance) !== 0) return [];
  try {
    const count = new Uint32Array(1);
    if (enumerate(instance[0], count, null) !== 0) return [];
    const devices = new BigUint64Array(count[0]!);
    if (enumerate(instance[0], count, devices) !== 0) return [];
    return Array.from(devices, (device) => {
      const properties = new Uint8Array(propertiesBytes);
      describe(device, properties);
      return readProperties(properties);
    });
  } finally {
    destroyInstance(instance[0], null);
  }
}

function readProperties(properties: Uint8Array): VulkanDevice {
  const view = new DataView(properties.buffer);
  const text = new TextDecoder().decode(properties.subarray(nameOffset, nameOffset + nameBytes));
  return {
    name: text.slice(0, text.indexOf("\0")),
    type: types[view.getUint32(typeOffset, true)] ?? "other",
    storageLimitBytes: view.getUint32(storageRangeOffset, true),
  };
}
