/* Formulas that people type, read as trees.

   Numbers     2, 0.25, .5, 0,25 (not in a list), 2.5e-6, ½.
   Symbols     Those of the question, Greek by name or letter, an index in any spelling: h1, h_1, h_{1}, h₁. A word that
               is none is read as a product of some (w5h1). Capitals are taken for small letters where nothing else fits.
   Products    * ⊙ ∘ .* go entry by entry. @ · × and things side by side are the product of matrices. With a number they
               are all the same. They bind like /, from left to right.
   Powers      ^ ** ² ⁻¹, entry by entry; bind before a minus that stands in front, from right to left.
   Transposed  ^T ^⊤ ᵀ ' .T
   Functions   exp(z), ln z, max(0, z) … and sum and mean over the samples; Σ; .sum(axis=0).
   Brackets    ( [ {, each closed by its own. What stands before = is not read. A backslash says nothing.
   A shape     (m, n), (m,), m × n: sizes in a row. */

/**
 * A piece of a formula with its place in the text. `n` is a number's value or an axis, `name` a symbol's or a
 * function's name. `each` goes entry by entry, `times` is the product of matrices, `T` transposed, `list` a shape.
 * @typedef {'num' | 'sym' | 'neg' | '+' | '-' | 'each' | 'times' | '/' | '^' | 'T' | 'call' | 'list'} Op
 * @typedef {{ op: Op, of: Tree[], from: number, to: number, n: number, name: string }} Tree
 *
 * A symbol of a question: other names it has, its shape by the names of sizes, from where its values are drawn; a size
 * is one of those names, and `is` a formula of symbols before it.
 * @typedef {{ also?: string[], shape?: string[], range?: [number, number], whole?: [number, number], size?: boolean,
 *   is?: string }} Sym
 * @typedef {Record<string, Sym>} Symbols
 *
 * @typedef {{ type: string, from: number, to: number, n: number, name: string }} Token
 */

/* What keeps a text from being a formula, with its place. */
export class Unread extends Error {
  /**
   * @param {string} words a text, not HTML
   * @param {number} from
   * @param {number} [to]
   */
  constructor(words, from, to = from) {
    super(words);
    this.from = from;
    this.to = to;
  }
}

/** Pairs a:b, parted by spaces. @param {string} text */
export const mapOf = (text) =>
  new Map(text.split(' ').map((pair) => /** @type {[string, string]} */ (pair.split(':'))));
const FUNCTIONS = mapOf('exp:exp ln:ln log:ln sqrt:sqrt tanh:tanh abs:abs max:max sum:sum mean:mean σ:σ sigmoid:σ');
const BRACKETS = mapOf('(:) [:] {:}');
export const GREEK = mapOf('alpha:α beta:β gamma:γ delta:δ epsilon:ε theta:θ eta:η lambda:λ mu:μ sigma:σ');
const GREEK_NAMES = new RegExp([...GREEK.keys()].join('|'), 'gi');
const OPERATORS = '+-*·⊙@/^()[]{},';
// Signs: nothing that is read is deeper than a page's stack.
const LONGEST = 300;

const LOW = '₀₁₂₃₄₅₆₇₈₉ₐₑᵢⱼₖₗₘₙₒₚₛₜₓ';
const LOW_PLAIN = '0123456789aeijklmnopstx';
const HIGH = '⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻';
const RAISED = /[⁺⁻]?[⁰¹²³⁴-⁹]+/y;

/** Signs that look alike, each as one: as many as there were, so that places stay. */
const ALIKE = /** @type {[RegExp, string][]} */ ([
  [/[\s\u200b-\u200f\u202a-\u202e\u2060-\u206f\\]/g, ' '],
  [/[‐-―−⁃﹘﹣¯˗]/g, '-'],
  [/[⁄∕÷]/g, '/'],
  [/[×⋅∙•]/g, '·'],
  [/[∘⊗]/g, '⊙'],
  [/∗/g, '*'],
  [/[’′ʹ´\u0060]/g, "'"],
  [/[⊺⊤]/g, 'ᵀ'],
  [/∑/g, 'Σ'],
  [/µ/g, 'μ'],
  [/ς/g, 'σ'],
]);

/** @param {string} text */
const alike = (text) =>
  ALIKE.reduce(
    (all, [these, one]) => all.replace(these, one),
    text.replace(/[！-～]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0)),
  );

/**
 * A name in one spelling: h_{1} and h₁ as h1, delta as δ.
 * @param {string} name
 */
export const spelled = (name) =>
  alike(name)
    .replace(/[₀-₉ₐ-ₜᵢⱼ]/g, (low) => LOW_PLAIN[LOW.indexOf(low)] ?? low)
    .replace(/[_{} ]/g, '')
    .replace(GREEK_NAMES, (word) => GREEK.get(word.toLowerCase()) ?? word);

/**
 * Every spelling of every symbol → the symbol.
 * @param {Symbols} symbols
 */
const namesOf = (symbols) => {
  /** @type {Map<string, string>} */
  const names = new Map();
  for (const [name, { also = [] }] of Object.entries(symbols)) {
    for (const each of [name, ...also]) names.set(spelled(each), name);
  }
  return names;
};

/**
 * A word as names of symbols, and at its end perhaps a function, in a row. Null if it is none.
 * @param {string} word
 * @param {(part: string) => string | undefined} known
 * @returns {string[] | null}
 */
const partsOf = (word, known) => {
  /** From each place on: the parts, the fewest first. @type {(string[] | null)[]} */
  const rest = Array(word.length).fill(null);
  rest.push([]);
  for (let from = word.length - 1; from >= 0; from--) {
    for (let to = word.length; to > from; to--) {
      const [part, after, best] = [word.slice(from, to), rest[to], rest[from]];
      if (!after) continue;
      const name = known(part) ?? (after.length || !FUNCTIONS.has(part) ? undefined : `${part}(`);
      if (name && (!best || after.length + 1 < best.length)) rest[from] = [name, ...after];
    }
  }
  return rest[0];
};

const WORD = /[A-Za-zα-ωΑ-Ω∂∇](?:[A-Za-zα-ωΑ-Ω∂0-9₀-₉ₐ-ₜᵢⱼ]|_(?:\{[^{}]*\}|(?=[\wα-ω])))*/y;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?/y;
const COMMA_NUMBER = /(?:\d+,\d+|,\d+)(?:[eE][-+]?\d+)?/y;
const TURNED = /\^ *(?:\{ *(?:T|ᵀ|top) *\}|T|ᵀ|top)|ᵀ|'|\.T(?![A-Za-z])/y;
const SUM = /Σ(?:_(?:\{[^{}]*\}|[a-z])|[ᵢⱼₖₛ])?/y;
const METHOD = /\.(sum|mean)\( *(?:axis *= *)?([01])? *\)/y;
const AXIS = /, *(?:axis *= *)?([01]) *(?=\))/y;

/**
 * @param {string} typed
 * @param {Symbols} symbols
 * @param {boolean} isShape
 * @returns {Token[]}
 */
export const tokensOf = (typed, symbols, isShape) => {
  const text = alike(typed);
  if (text.length > LONGEST) throw new Unread(`At most ${LONGEST} signs are read.`, LONGEST, text.length);
  const names = namesOf(symbols);
  // Such as ∂E/∂h, W[1,2].
  const literals = [...names.keys()].filter((name) => /[^\wα-ωΑ-Ω∂∇']/.test(name));
  /** @param {string} part */
  const known = (part) => {
    if (names.has(part)) return names.get(part);
    const alikes = [...names].filter(([name]) => name.toLowerCase() === part.toLowerCase());
    const [found, other] = new Set(alikes.map(([, name]) => name));
    return other ? undefined : found;
  };
  /** @type {Token[]} */
  const tokens = [];
  /** For each bracket that is open: does a comma part arguments in it? @type {boolean[]} */
  const lists = [];
  /** What stands before the last = is what is asked, and is not read. */
  let at = text.match(/^.*(?:(?<!axis *)=|←)/)?.[0].length ?? 0;
  let found = [''];
  /** @param {RegExp} pattern */
  const reads = (pattern) => {
    pattern.lastIndex = at;
    found = pattern.exec(text) ?? [];
    return found.length > 0;
  };
  /** @param {string} type @param {number} length @param {string} [name] @param {number} [n] */
  const push = (type, length, name = '', n = 0) => tokens.push({ type, from: at, to: at + length, n, name });
  /** A word, with a ' behind it if that belongs to its name. @param {string} word */
  const pushWord = (word) => {
    const primed = `${word}'`;
    const plain = text.startsWith(primed, at) && known(spelled(primed)) ? spelled(primed) : spelled(word);
    const length = plain.endsWith("'") ? primed.length : word.length;
    const name = known(plain);
    const parts = name ? [name] : partsOf(plain, known);
    // As in sum_i.
    const lone = FUNCTIONS.get(plain.toLowerCase().replace(/^(sum|mean)[a-z]$/, '$1'));
    for (const part of parts ?? []) {
      const called = FUNCTIONS.get(part.replace('(', ''));
      if (part.endsWith('(')) push('func', length, called);
      else push('sym', length, part);
    }
    if (parts) return;
    if (lone) push('func', length, lone);
    else if (isShape && /^(x|by)$/.test(plain)) push('·', length);
    else if (plain === 'e') push('num', 1, 'e', Math.E);
    else {
      const all = Object.keys(symbols).join(', ');
      throw new Unread(`“${word}” is none of the symbols here: ${all}.`, at, at + length);
    }
  };

  while (at < text.length) {
    const literal = literals.find((name) => spelled(text.slice(at)).startsWith(name));
    const begun = at;
    let length = 1;
    if (text[at] === ' ') at++;
    else if (literal) {
      while (spelled(text.slice(at, at + length)).length < literal.length) length++;
      push('sym', length, names.get(literal));
    } else if (reads(METHOD)) push('method', found[0].length, found[1], Number(found[2] ?? 0));
    else if (reads(TURNED)) push('turn', found[0].length);
    else if (reads(SUM)) push('func', found[0].length, 'sum');
    else if (lists.at(-1) && reads(AXIS)) push('axis', found[0].length, '', Number(found[1]));
    else if (reads(WORD)) pushWord(found[0]);
    else if ((!isShape && !lists.at(-1) && reads(COMMA_NUMBER)) || reads(NUMBER)) {
      const plain = found[0].replace(',', '.');
      push('num', plain.length, plain, Number(plain));
    } else if (/[¼-¾⅐-⅞]/.test(text[at])) {
      const [over, under] = text[at].normalize('NFKD').split('⁄');
      push('num', 1, text[at], Number(over) / Number(under));
    } else if (reads(RAISED)) {
      const raised = found[0].replace(/./g, (sign) => '0123456789+-'[HIGH.indexOf(sign)]);
      push('power', raised.length, raised, Number(raised));
    } else if (text.startsWith('**', at)) push('^', 2);
    else if (text.startsWith('.*', at)) push('⊙', 2);
    else if (OPERATORS.includes(text[at])) {
      const { type, name } = tokens.at(-1) ?? { type: '', name: '' };
      if (BRACKETS.has(text[at])) lists.push(type === 'func' && /max|sum|mean/.test(name));
      if (')]}'.includes(text[at])) lists.pop();
      push(text[at], 1);
    } else {
      const [sign] = typed.slice(at);
      throw new Unread(`“${sign}” means nothing here.`, at, at + sign.length);
    }
    if (at === begun) at = tokens.at(-1)?.to ?? at;
  }
  return tokens;
};

/**
 * The tree of a text; throws Unread.
 * @param {string} typed
 * @param {Symbols} symbols
 * @param {boolean} [isShape] sizes in a row are asked for
 * @returns {Tree}
 */
export const treeOf = (typed, symbols, isShape = false) => {
  const tokens = tokensOf(typed, symbols, isShape);
  const end = { type: 'end', from: typed.trimEnd().length, to: typed.trimEnd().length, n: 0, name: '' };
  let place = 0;
  const next = () => tokens[place] ?? end;
  const took = () => tokens[place - 1] ?? { ...end, from: 0, to: 0 };
  /** @param {string} types some types, parted by spaces */
  const takes = (types) => types.split(' ').includes(next().type) && Boolean(++place);

  /** @param {string} words @param {{ from: number, to: number }} [where] @returns {never} */
  const fail = (words, { from, to } = next()) => {
    throw new Unread(words, from, to);
  };
  /** What is next, as it was typed. */
  const seen = () => `“${typed.slice(next().from, next().to)}”`;
  /** @returns {never} */
  const missing = () => {
    const before = typed.slice(0, next().from).trim().slice(-12);
    const what = next().type === 'end' ? 'something is missing' : `a symbol or a number is missing, ${seen()} came`;
    return fail(`${place ? `After “${before}”` : 'At the beginning'} ${what}.`);
  };
  /** @returns {never} */
  const tooMany = () => {
    if (')]}'.includes(next().type)) return fail(`This ${seen()} closes nothing.`);
    if (next().type === 'num') return fail(`Before ${seen()} a sign is missing.`);
    return fail(`${seen()} cannot stand here.`);
  };
  /**
   * @param {Op} op
   * @param {Tree[]} of
   * @param {number} from
   * @param {Partial<Tree>} [more]
   * @returns {Tree}
   */
  const node = (op, of, from, more = {}) => ({ op, of, from, to: took().to, n: 0, name: '', ...more });

  /** What stands in a bracket that has just been opened, with its end. @param {() => any} inside */
  const bracketed = (inside) => {
    const open = took();
    const close = BRACKETS.get(open.type) ?? ')';
    const found = inside();
    if (takes(close)) return found;
    if (next().type === 'end') fail(`A “${close}” is missing for this “${open.type}”.`, open);
    if (')]}'.includes(next().type)) fail(`${seen()} cannot close “${open.type}”; “${close}” is needed.`);
    return tooMany();
  };

  /** @returns {Tree} */
  const call = () => {
    const { from, name } = took();
    /** @type {Tree[]} */
    let of = [];
    let axis = 0;
    if (takes('( [ {'))
      of = bracketed(() => {
        const all = [sum()];
        while (takes(',')) all.push(sum());
        if (takes('axis')) axis = took().n;
        return all;
      });
    else of = [power()];
    const wanted = name === 'max' ? 2 : 1;
    const found = node('call', of, from, { name, n: axis });
    if (of.length !== wanted) fail(`${name} needs ${wanted} in its brackets, ${of.length} came.`, found);
    return found;
  };
  /** @returns {Tree} */
  const atom = () => {
    const { from } = next();
    if (takes('num')) return node('num', [], from, { n: took().n, name: took().name });
    if (takes('sym')) return node('sym', [], from, { name: took().name });
    if (takes('func')) return call();
    if (!takes('( [ {')) return missing();
    const inside = /** @type {Tree} */ (bracketed(sum));
    return { ...inside, from, to: took().to };
  };
  /** What stands above: a sign or none, an atom, and again a power. @returns {Tree} */
  const exponent = () => {
    const { from } = next();
    if (takes('-')) return node('neg', [exponent()], from);
    takes('+');
    const base = atom();
    return takes('^') ? node('^', [base, exponent()], from) : base;
  };
  /** @returns {Tree} */
  const power = () => {
    const { from } = next();
    let found = atom();
    for (;;) {
      if (takes('turn')) found = node('T', [found], from);
      else if (takes('method')) found = node('call', [found], from, { name: took().name, n: took().n });
      else if (takes('power')) {
        const { n, name, from: raised } = took();
        const size = node('num', [], raised, { n: Math.abs(n), name: name.replace(/^[+-]/, '') });
        found = node('^', [found, name.startsWith('-') ? node('neg', [size], raised) : size], from);
      } else if (takes('^')) found = node('^', [found, exponent()], from);
      else break;
    }
    return found;
  };
  /** @returns {Tree} */
  const signed = () => {
    const { from } = next();
    const found = takes('-') ? node('neg', [signed()], from) : takes('+') ? signed() : power();
    return found;
  };
  /** @returns {Tree} */
  const product = () => {
    const { from } = next();
    let found = signed();
    for (;;) {
      if (takes('* ⊙')) found = node('each', [found, signed()], from);
      else if (!isShape && takes('· @')) found = node('times', [found, signed()], from);
      else if (takes('/')) found = node('/', [found, signed()], from);
      else if (['sym', 'func', '(', '[', '{'].includes(next().type)) found = node('times', [found, power()], from);
      else return found;
    }
  };
  /** @returns {Tree} */
  const sum = () => {
    const { from } = next();
    let found = product();
    while (takes('+ -')) {
      const { type } = took();
      found = node(/** @type {Op} */ (type), [found, product()], from);
    }
    return found;
  };
  /** Sizes in a row: in brackets or not; one size has a comma behind it. @returns {Tree} */
  const shape = () => {
    const { from } = next();
    const sizes = () => {
      /** @type {Tree[]} */
      const all = [];
      do all.push(sum());
      while (takes(', ·') && !')end'.includes(next().type));
      return all;
    };
    return node('list', takes('( [ {') ? bracketed(sizes) : sizes(), from);
  };

  const found = isShape ? shape() : sum();
  if (next().type !== 'end') tooMany();
  return found;
};
