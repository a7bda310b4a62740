/* Runs the kernels that nnlib/wasm.py compiles, on a page or in node, with no library.

   const nn = await nnWasm(bytes);                       // of the module, which brings its manifest along
   const X = nn.array('float64', [4, 2], [0, 0, 0, 1, 1, 0, 1, 1]);
   nn.call('propagate', {net: {sizes, activations, offsets, units}, θ, X, …});   // arguments by their Python names
   X.values                                              // the array as it is now; ask again after every array()

   Whole numbers of 64 bits are BigInt in arrays, and may be either as arguments; 'uint64' is returned as BigInt. */
export const nnWasm = (() => {
  const KINDS = {
    float64: Float64Array,
    float32: Float32Array,
    int64: BigInt64Array,
    uint64: BigUint64Array,
    int32: Int32Array,
    bool: Uint8Array,
  };
  const MATH = { exp: Math.exp, log: Math.log, log1p: Math.log1p, fmod: (x, y) => x % y };
  const PAGE = 65536;
  const STACK = 65536;
  const START = 16 * PAGE;
  const ARRAY = Symbol('array');
  const up = (n) => Math.ceil(n / 16) * 16;
  const big = (kind) => kind === 'int64' || kind === 'uint64';

  /* What every module may ask for. What it asks for and is not here is an error, by name, before anything runs. */
  const imports = (module, given) => {
    for (const { module: from, name } of WebAssembly.Module.imports(module))
      if (from !== 'env' || !(name in given)) throw new Error('the page has no ' + from + '.' + name);
    return { env: given };
  };

  const told = (module) => {
    const sections = WebAssembly.Module.customSections(module, 'nnlib');
    if (sections.length !== 1) throw new Error('a module that nnlib/wasm.py did not make: it has no manifest');
    return JSON.parse(new TextDecoder().decode(sections[0]));
  };

  /** @param {BufferSource} bytes of a module */
  const load = async (bytes) => {
    const module = await WebAssembly.compile(bytes);
    const manifest = told(module);
    const memory = new WebAssembly.Memory({ initial: START / PAGE });
    /* Memory: the module's constants from 0, the stack, which grows downwards, the call's result, the arrays. */
    const base = up(manifest.data) + STACK;
    const result = base;
    const exception = base + 8;
    let top = base + 16;
    const { exports } = await WebAssembly.instantiate(
      module,
      imports(module, {
        ...MATH,
        __linear_memory: memory,
        __stack_pointer: new WebAssembly.Global({ value: 'i32', mutable: true }, base),
        __indirect_function_table: new WebAssembly.Table({ initial: 1, element: 'anyfunc' }),
      }),
    );

    const array = (type, shape, values) => {
      const Kind = KINDS[type];
      if (!Kind) throw new TypeError('no arrays of ' + type + '; only of ' + Object.keys(KINDS).join(', '));
      const n = shape.reduce((a, b) => a * b, 1);
      const at = top;
      const end = up(at + n * Kind.BYTES_PER_ELEMENT);
      if (values && values.length !== n) throw new RangeError(n + ' values needed, got ' + values.length);
      if (end > memory.buffer.byteLength) memory.grow(Math.ceil((end - memory.buffer.byteLength) / PAGE));
      top = end;
      const made = {
        [ARRAY]: true,
        type,
        shape: [...shape],
        at,
        get values() {
          return new Kind(memory.buffer, at, n);
        },
      };
      if (values) made.values.set(big(type) ? Array.from(values, BigInt) : values);
      else made.values.fill(big(type) ? 0n : 0);
      return made;
    };

    /* One argument, taken apart as Numba's compiled code wants it. Nothing in there checks anything: so this does. */
    const flat = (argument, value, name) => {
      if (value === undefined) throw new TypeError(name + ' is missing');
      if (argument.fields) return named(argument.fields, value, name + '.');
      if (!argument.ndim) {
        if (typeof value !== 'number' && typeof value !== 'bigint') throw new TypeError(name + ' needs a number');
        return [big(argument.type) ? BigInt(value) : Number(value)];
      }
      if (!value[ARRAY] || value.type !== argument.type || value.shape.length !== argument.ndim)
        throw new TypeError(name + " needs array('" + argument.type + "', …) with " + argument.ndim + ' axes');
      const size = KINDS[argument.type].BYTES_PER_ELEMENT;
      const strides = [];
      let step = size;
      for (const n of [...value.shape].reverse()) {
        strides.unshift(BigInt(step));
        step *= n;
      }
      return [0, 0, BigInt(step / size), BigInt(size), value.at, ...value.shape.map(BigInt), ...strides];
    };
    const named = (wanted, values, place) => {
      for (const name of Object.keys(values))
        if (!wanted.some((argument) => argument.name === name))
          throw new TypeError(place + name + ' is not an argument');
      return wanted.flatMap((argument) => flat(argument, values[argument.name], place + argument.name));
    };

    /* A call with its arguments taken apart, to be made many times: arrays stay where they are, whatever they hold. */
    const bind = (name, values) => {
      const kernel = manifest.kernels[name];
      if (!kernel) throw new Error('no kernel ' + name + '; only ' + Object.keys(manifest.kernels).join(', '));
      const args = named(kernel.arguments, values, name + ': ');
      const compiled = /** @type {(...args: any[]) => number} */ (exports[name]);
      return () => {
        const status = compiled(result, exception, ...args);
        if (status !== 0 && status !== -2) throw new Error(name + ' failed with status ' + status); // -2: None
        if (!kernel.returns) return undefined;
        const value = new KINDS[kernel.returns](memory.buffer, result, 1)[0];
        return kernel.returns === 'int64' ? Number(value) : value;
      };
    };
    const call = (name, values) => bind(name, values)();

    /* mark() before some arrays, release(mark) when they are no longer needed: all made since are gone. */
    return {
      array,
      bind,
      call,
      manifest,
      mark: () => top,
      release: (mark) => {
        top = mark;
      },
    };
  };
  return load;
})();

/** @typedef {Awaited<ReturnType<typeof nnWasm>>} Kernels */
