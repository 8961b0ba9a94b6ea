/** `optimizer/exp_avg/NAME` has the slot in its kind; `parameter/NAME`, `gradient/NAME`, `cache/NAME` have none. */
const pattern = /^(optimizer\/[^/]*\/|[^/]*\/)?/;

/** The part of a state's name that says what it is for: `parameter/`, `optimizer/exp_avg/`. */
export const kindOf = (name: string): string => pattern.exec(name)![0];

/** The rest: the parameter's name. */
export const ownName = (name: string): string => name.slice(kindOf(name).length);
