import { growStacks } from "../runtime/grow-stacks.js";
import type { Koffi } from "../runtime/ort-api.js";

/** A device as Vulkan lists it. */
export interface VulkanDevice {
  readonly name: string;
  readonly type: "other" | "integrated" | "discrete" | "virtual" | "software";
  /** Most bytes that a shader sees of one buffer. */
  readonly storageLimitBytes: number;
}

/** What Vulkan has. */
export interface FoundVulkan {
  readonly devices: readonly VulkanDevice[];
  /** Why there are none. */
  readonly missing?: string;
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
 * Finds the devices of Vulkan's drivers. Takes tens of milliseconds where there are drivers: the loader loads every one.
 */
export function findVulkan(koffi: Koffi, library = "libvulkan.so.1"): FoundVulkan {
  growStacks(koffi);
  let vulkan: ReturnType<Koffi["load"]>;
  try {
    vulkan = koffi.load(library);
  } catch {
    return none(`Vulkan's loader, ${library}, is not installed`);
  }
  const createInstance = vulkan.func("vkCreateInstance", "int", ["void *", "void *", "void *"]);
  const enumerate = vulkan.func("vkEnumeratePhysicalDevices", "int", ["void *", "void *", "void *"]);
  const describe = vulkan.func("vkGetPhysicalDeviceProperties", "void", ["void *", "void *"]);
  const destroyInstance = vulkan.func("vkDestroyInstance", "void", ["void *", "void *"]);
  // VkInstanceCreateInfo: its structure type, 1, and nothing else.
  const info = BigUint64Array.of(1n, 0n, 0n, 0n, 0n, 0n, 0n, 0n);
  const instance = new BigUint64Array(1);
  const started = createInstance(info, null, instance);
  if (started !== 0) return none(`no Vulkan driver starts (VkResult ${started})`);
  try {
    const count = new Uint32Array(1);
    const counted = enumerate(instance[0], count, null);
    const handles = new BigUint64Array(count[0]!);
    const listed = counted === 0 ? enumerate(instance[0], count, handles) : counted;
    if (listed !== 0) return none(`Vulkan does not list its devices (VkResult ${listed})`);
    if (handles.length === 0) return none("Vulkan's drivers have no device");
    const devices = Array.from(handles, (handle) => {
      const properties = new Uint8Array(propertiesBytes);
      describe(handle, properties);
      return readProperties(properties);
    });
    return { devices };
  } finally {
    destroyInstance(instance[0], null);
  }
}

const none = (missing: string): FoundVulkan => ({ devices: [], missing });

function readProperties(properties: Uint8Array): VulkanDevice {
  const view = new DataView(properties.buffer);
  const text = new TextDecoder().decode(properties.subarray(nameOffset, nameOffset + nameBytes));
  return {
    name: text.slice(0, text.indexOf("\0")),
    type: types[view.getUint32(typeOffset, true)] ?? "other",
    storageLimitBytes: view.getUint32(storageRangeOffset, true),
  };
}
