import { once } from "node:events";
import { createWriteStream } from "node:fs";

const words = (
  "the of and to in is that for it as was with be by on not he his but at are this have from or had an they which one " +
  "you were all her she there would their we him been has when who will no more if out so said what up its about into " +
  "than them can only other new some could time these two may then do first any my now such like our over man me even " +
  "most made after also did many off before must well back through years where much your way down should because long"
).split(" ");

/** Numbers below a limit, in an order that the seed gives. */
export function seededNumbers(seed) {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** A paragraph of sentences: mostly plain words, some joined to others, a few with an accent. */
export function paragraph(next) {
  const sentences = Array.from({ length: 2 + next(7) }, () => {
    const sentence = Array.from({ length: 4 + next(14) }, () => {
      const word = words[next(words.length)] + (next(7) === 0 ? words[next(words.length)] : "");
      return next(300) === 0 ? `${word}é` : word;
    }).join(" ");
    return `${sentence[0].toUpperCase()}${sentence.slice(1)}.`;
  });
  return sentences.join(" ");
}

/** Writes files of about so many bytes together: paragraphs, `perFile` bytes a file at the most. Gives their paths. */
export async function writeSeededText(pathOf, sizeBytes, perFile = 256 * 2 ** 20, seed = 1) {
  const next = seededNumbers(seed);
  const paths = [];
  for (let left = sizeBytes; left > 0; left -= perFile) {
    const path = pathOf(paths.length);
    const file = createWriteStream(path);
    for (let room = Math.min(left, perFile); room > 0; ) {
      let chunk = "";
      while (chunk.length < 2 ** 20) chunk += `${paragraph(next)}\n\n`;
      const bytes = Buffer.from(chunk).subarray(0, room);
      const cut = bytes.lastIndexOf(0x20);
      const piece = room > bytes.length ? bytes : bytes.subarray(0, cut);
      if (!file.write(piece)) await once(file, "drain");
      room -= bytes.length;
    }
    file.end();
    await once(file, "close");
    paths.push(path);
  }
  return paths;
}
