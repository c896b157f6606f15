// Builds the programs of this folder and writes the corpus for them: a folder for each compiler, outside of git. Knows nothing of what they do.
import path from 'node:path'
import { build } from '../../scripts/cmake.mjs'
import { writeCorpus } from './corpus.mjs'

/** Where `target` and the corpus are, built by `compiler`, a command, or by what CMake finds. */
export function buildBench (target, compiler) {
  const folder = build('release', {
    folder: compiler === undefined ? 'build-bench' : `build-bench-${path.basename(compiler)}`,
    definitions: compiler === undefined ? [] : [`CMAKE_CXX_COMPILER=${compiler}`],
    targets: [target],
    quiet: true
  })
  const corpus = path.join(folder, 'bench/native/corpus.bin')
  writeCorpus(corpus)
  return { folder, program: path.join(folder, 'bench/native', target), corpus }
}
