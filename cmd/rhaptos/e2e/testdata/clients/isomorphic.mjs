// isomorphic.mjs URL NAME TOKEN DIR MODULES: clones, shallow-clones, pushes and
// fetches with isomorphic-git, whose modules are below MODULES.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

const [url, username, password, dir, modules] = process.argv.slice(2)
const require = createRequire(path.join(modules, 'index.js'))
const git = require('isomorphic-git')
const http = require('isomorphic-git/http/node')

const author = { name: 'Iso', email: 'iso@example.org' }
const remote = { fs, http, url, onAuth: () => ({ username, password }) }
const at = name => path.join(dir, name)

// commit changes a file in the clone and returns the new commit's id.
async function commit(clone, file, text) {
  fs.writeFileSync(path.join(clone, file), text)
  await git.add({ fs, dir: clone, filepath: file })
  return git.commit({ fs, dir: clone, message: file, author })
}

await git.clone({ ...remote, dir: at('full') })
const log = await git.log({ fs, dir: at('full') })
assert.ok(log.length > 1, 'the whole history comes')

await git.clone({ ...remote, dir: at('shallow'), depth: 1, singleBranch: true })
assert.equal((await git.log({ fs, dir: at('shallow') })).length, 1)

const first = await commit(at('full'), 'iso-full.txt', 'from a full clone\n')
let pushed = await git.push({ ...remote, dir: at('full'), ref: 'main' })
assert.ok(pushed.ok && pushed.refs['refs/heads/main'].ok, JSON.stringify(pushed))

await git.pull({ ...remote, dir: at('shallow'), ref: 'main', author })
assert.equal(await git.resolveRef({ fs, dir: at('shallow'), ref: 'HEAD' }), first)
const second = await commit(at('shallow'), 'iso-shallow.txt', 'from a shallow clone\n')
pushed = await git.push({ ...remote, dir: at('shallow'), ref: 'main' })
assert.ok(pushed.ok, JSON.stringify(pushed))

await git.fetch({ ...remote, dir: at('full'), ref: 'main' })
assert.equal(await git.resolveRef({ fs, dir: at('full'), ref: 'refs/remotes/origin/main' }), second)

await git.branch({ fs, dir: at('full'), ref: 'iso' })
pushed = await git.push({ ...remote, dir: at('full'), ref: 'iso' })
assert.ok(pushed.ok, JSON.stringify(pushed))
pushed = await git.push({ ...remote, dir: at('full'), ref: 'iso', delete: true })
assert.ok(pushed.ok, JSON.stringify(pushed))
const refs = await git.listServerRefs({ ...remote, prefix: 'refs/heads/' })
assert.deepEqual(refs.map(r => r.ref), ['refs/heads/main'])
console.log(second)
