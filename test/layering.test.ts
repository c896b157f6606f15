// Dependencies point one way: examples → src/cli → src/proxy → src/{server,client} → src, src/sockets → native/{node,wasm} →
// native/{boundary,transport} → native/core. Read from the includes and imports themselves, together with the other rules that can be read from the files.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const ADAPTERS = ['server', 'client', 'proxy', 'cli']
/** What an adapter may know besides itself and the codec. */
const KNOWS: Readonly<Record<string, readonly string[]>> = { server: ['sockets'], client: [], proxy: ['server', 'client'], cli: ['server', 'client', 'proxy'] }

/** Files below a folder, by their path from the root, '/' between the parts. None when the folder does not exist. */
function filesIn (folder: string, pattern: RegExp): string[] {
  if (!existsSync(path.join(root, folder))) return []
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map(name => path.posix.join(folder, name.split(path.sep).join('/')))
    .filter(name => pattern.test(name) && !/(^|\/)(node_modules|build|dist|captures)\//.test(name)).sort()
}
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')
const importsOf = (file: string): string[] => ts.preProcessFile(read(file), true, true).importedFiles.map(({ fileName }) => fileName)
const resolved = (file: string, name: string): string => path.posix.join(path.posix.dirname(file), name).replace(/\.js$/, '.ts')
const includesOf = (file: string): string[] => [...read(file).matchAll(/^\s*#\s*include\s*(\S+)/gm)].map(match => match[1]!)

const core = filesIn('native/core', /\.(h|cc)$/)
const boundary = filesIn('native/boundary', /\.(h|cc)$/)
const binding = filesIn('native/node', /\.(h|cc)$/)
const twin = filesIn('native/wasm', /\.(h|cc)$/)
const transport = filesIn('native/transport', /\.(h|cc)$/)
const sockets = filesIn('src/sockets', /\.ts$/)
const codec = filesIn('src', /\.ts$/).filter(file => ![...ADAPTERS, 'sockets'].some(folder => file.startsWith(`src/${folder}/`)))
const adapters = ADAPTERS.flatMap(adapter => filesIn(`src/${adapter}`, /\.ts$/))
const written = ['src', 'native', 'test', 'scripts', 'bench', 'examples'].flatMap(folder => filesIn(folder, /\.(ts|mts|mjs|js|h|cc)$/))
/** What breaks a rule: `file: what` for each that does; the test says that there is nothing. */
const offences = (files: readonly string[], of: (file: string) => readonly string[]): string[] =>
  files.flatMap(file => of(file).map(what => `${file}: ${what}`))

it('finds the files that it judges', () => {
  expect([core.length, binding.length, codec.length].every(count => count > 5)).toBe(true)
  expect(codec).toContain('src/index.ts')
  expect(importsOf('src/index.ts')).toContain('./uwsgi.js')
})

describe('the core', () => {
  // Freestanding headers, and those of the instruction sets for the kernels.
  const allowed = new Set(['<stddef.h>', '<stdint.h>', '<cpuid.h>', '<immintrin.h>', '<arm_neon.h>', '<wasm_simd128.h>'])

  it('includes no header of Node, of the C++ library or of libc, and nothing outside itself', () => {
    expect(offences(core, file => includesOf(file).filter(include => {
      if (include.startsWith('<')) return !allowed.has(include)
      const target = path.posix.join(path.posix.dirname(file), include.slice(1, -1))
      return !core.includes(target) && !core.includes(`native/core/${include.slice(1, -1)}`)
    }))).toEqual([])
  })

  it('names nothing of Node-API', () => {
    expect(offences(core, file => read(file).match(/\b(napi_\w+|Napi|v8::)/g) ?? [])).toEqual([])
  })
})

describe('what crosses the boundary', () => {
  it('includes its own headers and those of the core, and names nothing of Node-API', () => {
    expect(boundary.length).toBeGreaterThan(5)
    expect(offences(boundary, file => includesOf(file).filter(include => {
      if (include.startsWith('<')) return !/^<std(def|int)\.h>$/.test(include)
      return !boundary.includes(`native/boundary/${include.slice(1, -1)}`) && !core.includes(`native/${include.slice(1, -1)}`)
    }))).toEqual([])
    expect(offences(boundary, file => read(file).match(/\b(napi_\w+|Napi|v8::)/g) ?? [])).toEqual([])
  })
})

describe('the WebAssembly twin', () => {
  it('includes what crosses the boundary, and the core', () => {
    expect(twin.length).toBeGreaterThan(1)
    expect(offences(twin, file => includesOf(file).filter(include => {
      if (include.startsWith('<')) return !/^<std(def|int)\.h>$/.test(include)
      return ![...boundary, ...core].includes(`native/${include.slice(1, -1)}`)
    }))).toEqual([])
  })
})

describe('the binding', () => {
  it('includes its own headers, those of boundary and core, and of Node', () => {
    expect(offences(binding, file => includesOf(file).filter(include => {
      if (include.startsWith('<')) return !/^<(node_api|napi|uv|errno|stdlib|string|stddef|stdint)(\.h)?>$/.test(include)
      return !binding.includes(`native/node/${include.slice(1, -1)}`) && ![...boundary, ...core, ...transport].includes(`native/${include.slice(1, -1)}`)
    }))).toEqual([])
  })
})

describe('the sockets of the native transport', () => {
  it('know the system and neither Node nor the core', () => {
    expect(transport.length).toBeGreaterThan(1)
    expect(offences(transport, file => includesOf(file).filter(include => include.startsWith('<')
      ? /napi|node|uv/.test(include)
      : !transport.includes(`native/transport/${include.slice(1, -1)}`)))).toEqual([])
    expect(offences(transport, file => read(file).match(/\b(napi_\w+|Napi|v8::|uv_\w+)/g) ?? [])).toEqual([])
  })

  it('reach JavaScript through src/sockets, which knows what loads native code and nothing else', () => {
    expect(sockets.length).toBeGreaterThan(1)
    expect(offences(sockets, file => importsOf(file).filter(name => !sockets.includes(resolved(file, name)) && !['../engine.js', '../whole_memory.js'].includes(name) && !name.startsWith('node:')))).toEqual([])
  })
})

describe('the codec', () => {
  it('imports its own modules and those of Node only', () => {
    expect(offences(codec, file => importsOf(file).filter(name =>
      !codec.includes(resolved(file, name)) && !name.startsWith('node:')))).toEqual([])
  })

  it('knows no socket, file, process or timer', () => {
    const allowed = ['node:module', 'node:url', 'node:util', 'node:buffer']
    // One thing of each of these modules has nothing to do with what they are for.
    const only = new Map([['node:http', 'STATUS_CODES'], ['node:worker_threads', 'markAsUntransferable']])
    const takesOnly = (file: string, name: string): boolean => read(file).includes(`\nimport { ${only.get(name)} } from '${name}'\n`)
    expect(offences(codec, file => importsOf(file).filter(name =>
      name.startsWith('node:') && !allowed.includes(name) && !takesOnly(file, name)))).toEqual([])
    expect(offences(codec, file => read(file).match(/\b(setTimeout|setInterval|setImmediate|process\.nextTick)\b/g) ?? [])).toEqual([])
  })

  it('loads native code in one place', () => {
    expect(codec.filter(file => /node-gyp-build|createRequire/.test(read(file)))).toEqual(['src/engine.ts'])
  })

  it('has no circle', () => {
    const circles: string[] = []
    const finished = new Set<string>()
    const visit = (file: string, trail: readonly string[]): void => {
      if (trail.includes(file)) circles.push([...trail, file].join(' → '))
      if (finished.has(file) || trail.includes(file)) return
      for (const name of importsOf(file)) if (name.startsWith('.')) visit(resolved(file, name), [...trail, file])
      finished.add(file)
    }
    for (const file of codec) visit(file, [])
    expect(circles).toEqual([])
  })
})

describe('server, client, proxy and command', () => {
  it('know of the codec only its public page', () => {
    expect(offences(adapters, file => importsOf(file).filter(name => {
      if (!name.startsWith('.')) return !name.startsWith('node:')
      return resolved(file, name) !== 'src/index.ts' && ![...adapters, ...sockets].includes(resolved(file, name))
    }))).toEqual([])
  })

  it('do not know who uses them: the command knows all, the proxy server and client, and these know nobody', () => {
    const own = (file: string): string => file.split('/')[1]!
    expect(adapters.some(file => own(file) === 'proxy')).toBe(true)
    expect(offences(adapters, file => importsOf(file).map(name => resolved(file, name)).filter(target =>
      [...ADAPTERS, 'sockets'].includes(own(target)) && own(target) !== own(file) && !KNOWS[own(file)]!.includes(own(target))))).toEqual([])
  })
})

describe('examples', () => {
  it('use the package as anybody would', () => {
    expect(offences(filesIn('examples', /\.(m?js|ts)$/), file => importsOf(file).filter(name =>
      !/^gatewire(\/(server|client))?$/.test(name) && !name.startsWith('node:') && !name.startsWith('./')))).toEqual([])
  })
})

describe('every file', () => {
  it('has at most 400 lines', () => {
    expect(offences(written, file => {
      const lines = read(file).trimEnd().split('\n').length
      return lines > 400 ? [`${lines} lines`] : []
    })).toEqual([])
  })

  it('opens with a comment on what it knows', () => {
    expect(written.filter(file => !/^(#!.*\n)?(\/\/ \S|\/\*)/.test(read(file)))).toEqual([])
  })

  it('is named after its subject', () => {
    const empty = /^(utils?|helpers?|common|manager|data|info|misc|shared)$/i
    expect(written.filter(file => path.posix.basename(file).split(/[._-]/).some(part => empty.test(part)))).toEqual([])
  })

  it('leaves nothing for later, and no test out', () => {
    // Put together from halves, so that this file does not hold what it looks for.
    const words = ['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')
    const modes = ['sk' + 'ip', 'on' + 'ly', 'to' + 'do'].join('|')
    const marks = new RegExp(`\\b(${words})\\b|\\b(it|test|describe)\\.(${modes})\\b`, 'g')
    expect(offences(written, file => read(file).match(marks) ?? [])).toEqual([])
  })

  it('of src/ can be loaded by require: nothing is awaited outside functions', () => {
    expect(offences([...codec, ...adapters], file => {
      const awaited: string[] = []
      const visit = (node: ts.Node): void => {
        const loop = ts.isForOfStatement(node) && node.awaitModifier !== undefined
        if (loop || ts.isAwaitExpression(node)) awaited.push(node.getText().slice(0, 60))
        if (!ts.isFunctionLike(node)) ts.forEachChild(node, visit)
      }
      visit(ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true))
      return awaited
    })).toEqual([])
  })
})

describe('the manifest', () => {
  const manifest = JSON.parse(read('package.json')) as { dependencies: object, exports: Record<string, object> }

  it('has one run-time dependency', () => {
    expect(Object.keys(manifest.dependencies)).toEqual(['node-gyp-build'])
    expect(builtinModules).toContain('module')
  })

  it('offers ES modules and CommonJS for each entry', () => {
    for (const [entry, targets] of Object.entries(manifest.exports)) {
      if (entry !== './package.json') expect(Object.keys(targets)).toEqual(['import', 'require'])
    }
  })
})

it('src/layout.ts is what the native headers say', () => {
  execFileSync(process.execPath, [path.join(root, 'scripts/generate-layout.mjs'), '--check'], { stdio: 'pipe' })
})
