// Made by bundle.mjs: what the kernel uses of inversify, in one file.
export { Container, inject, injectable, type Newable, named, type ResolutionContext } from "inversify";
