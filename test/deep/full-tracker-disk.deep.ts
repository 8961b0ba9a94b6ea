import { removeTemporaryFolders } from "codex-core/testing";
import { deliverOnDisk } from "../support/deliver-on-disk.js";
import { TrackerDisks, trackerTypes } from "../support/tracker-disks.js";

/** After so many no batch of the test fills the disk. */
const mostPages = 26;

describe("trackers on a disk that becomes full at each page", function () {
  this.timeout(3_600_000);
  afterEach(removeTemporaryFolders);

  for (const type of trackerTypes) {
    it(`hold each record once in the end: ${type}`, async function () {
      for (let pages = 0; pages < mostPages; pages++) {
        for (const beginsFull of [false, true]) {
          const disks = TrackerDisks.mount([type]);
          if (!disks) this.skip(); // No small disk can be mounted here: that takes root on Linux.
          try {
            await deliverOnDisk(type, disks!, { beginsFull, pages });
          } finally {
            disks!.dispose();
          }
        }
      }
    });
  }
});
