// The language in which synced rows are asked for, typed from the columns of their stream and the params of the query.
import type { ColumnDef, ColumnDefs, ObjectSchemaDef } from './types.ts';

type Types = ColumnDef['type'];
type Name<C extends ColumnDefs> = Extract<keyof C, string>;
/** Names of the columns of some types; any text where the columns are not known. */
type NameOf<C extends ColumnDefs, T extends Types> = string extends keyof C
  ? string
  : { [K in Name<C>]: C[K]['type'] extends T ? K : never }[Name<C>];
type TimeName<C extends ColumnDefs> = NameOf<C, 'datetime' | 'date'>;
type ParamName<P extends ObjectSchemaDef> = Extract<keyof P['properties'], string>;

interface Values {
  string: string;
  integer: number;
  number: number;
  boolean: boolean;
  /** YYYY-MM-DD */
  date: string;
  /** RFC 3339 with an offset. */
  datetime: string;
  json: never;
}

/** A time in code (`30d`), or as many units as a param says. */
export type Span<P extends ObjectSchemaDef = ObjectSchemaDef> =
  | string
  | { readonly param: ParamName<P>; readonly unit: 's' | 'm' | 'h' | 'd' };

type Comparison = 'eq' | 'ne' | 'lt' | 'lte' | 'gt' | 'gte';

type Operand<V, P extends ObjectSchemaDef> =
  | { readonly op: 'null' | 'notNull' }
  | { readonly op: 'in'; readonly value: readonly V[] }
  | { readonly op: Comparison; readonly value: V }
  /** With the value of a param; left out when it is not given and has no default. */
  | { readonly op: Comparison | 'in'; readonly param: ParamName<P> };

type Moment<P extends ObjectSchemaDef> =
  /** So long before now, by the database's clock. A date is compared with the day of the client's time zone. */
  | { readonly op: Comparison; readonly ago: Span<P> }
  /** So long after now. */
  | { readonly op: Comparison; readonly ahead: Span<P> };

type ConditionOn<K extends string, T extends Types, P extends ObjectSchemaDef> = { readonly column: K } & (
  | Operand<Values[T], P>
  | (Extract<T, 'date' | 'datetime'> extends never ? never : Moment<P>)
);

/** A condition on a column of the stream, or on a bucket (`B`). A null is different from every value. */
export type ViewCondition<
  C extends ColumnDefs = ColumnDefs,
  P extends ObjectSchemaDef = ObjectSchemaDef,
  B extends string = never,
> = string extends keyof C
  ? ConditionOn<string, Types, P>
  : { [K in Name<C>]: ConditionOn<K, C[K]['type'], P> }[Name<C>] | ConditionOn<B, 'date' | 'datetime', P>;

/**
 * The hour, day, week (its Monday) or month of a time, in the time zone of the instance's client, else UTC. With many columns a row
 * counts once for each time that it has; rows without any are left out.
 */
export interface ViewBucket<C extends ColumnDefs = ColumnDefs> {
  readonly name: string;
  readonly bucket: 'hour' | 'day' | 'week' | 'month';
  readonly of: TimeName<C> | readonly NameOf<C, 'datetime'>[];
  readonly label?: string;
}

/** A column, or a bucket of times. */
export type ViewGroup<C extends ColumnDefs = ColumnDefs> = Name<C> | ViewBucket<C>;

/** What a group of rows comes to. */
export type ViewMeasure<C extends ColumnDefs = ColumnDefs, P extends ObjectSchemaDef = ObjectSchemaDef> = {
  readonly name: string;
  readonly label?: string;
  /** Of a bucket with many columns: rows count for this one only. */
  readonly at?: NameOf<C, 'datetime'>;
  /** Only rows for which all of them hold. */
  readonly where?: readonly ViewCondition<C, P>[];
} & (
  | { readonly fn: 'count'; readonly column?: Name<C> }
  | { readonly fn: 'countDistinct'; readonly column: Name<C> }
  | { readonly fn: 'sum' | 'avg' | 'median'; readonly column: NameOf<C, 'integer' | 'number'> }
  | { readonly fn: 'min' | 'max'; readonly column: NameOf<C, Exclude<Types, 'boolean' | 'json'>> }
  /** How long it is from `since` to `column`, or until now; in seconds, or in `unit`. */
  | {
      readonly fn: 'sum' | 'avg' | 'median' | 'min' | 'max';
      readonly since: NameOf<C, 'datetime'>;
      readonly column?: NameOf<C, 'datetime'>;
      readonly unit?: 's' | 'min' | 'h' | 'd';
    }
  /** The share of rows for which `where` holds, in percent. */
  | { readonly fn: 'percent'; readonly where: readonly ViewCondition<C, P>[] }
);

type GroupName<G> = G extends string ? G : G extends { readonly name: infer N extends string } ? N : never;
type BucketName<G> = G extends { readonly name: infer N extends string } ? N : never;
/** The columns of the answer, which it may be ordered by. */
type AnswerName<C extends ColumnDefs, G extends readonly unknown[], M extends readonly { readonly name: string }[]> =
  | (readonly [...G, ...M] extends readonly [] ? Name<C> : GroupName<G[number]> | M[number]['name'])
  | 'instance'
  | 'client';

/** What is asked of the rows of a stream: the rows themselves, or with groups or measures what they come to. */
export interface ViewDef<
  C extends ColumnDefs = ColumnDefs,
  P extends ObjectSchemaDef = ObjectSchemaDef,
  G extends readonly ViewGroup<C>[] = readonly ViewGroup<C>[],
  M extends readonly ViewMeasure<C, P>[] = readonly ViewMeasure<C, P>[],
> {
  /**
   * Of many instances, what a row is of: one of them (the first column is then `instance`, its id), a client (`client`), or all
   * together. Default `instance`. Whoever asks may choose another.
   */
  readonly per?: 'instance' | 'client' | 'all';
  /** All of them must hold. */
  readonly where?: readonly ViewCondition<C, P, BucketName<G[number]>>[];
  /** Rows that are gone at the vendor: with the others, or nothing else. Default: without them. */
  readonly deleted?: 'with' | 'only';
  readonly groupBy?: G;
  readonly measures?: M;
  /** Nulls go last; equals are in the order of their groups, or of their key. */
  readonly orderBy?: readonly { readonly column: AnswerName<C, G, M>; readonly descending?: boolean }[];
  /** Up to 10,000. Default 1,000. */
  readonly limit?: number | { readonly param: ParamName<P> };
}

/** A read of synced rows that stands in a widget. */
export interface View extends ViewDef {
  /** Id of the stream. */
  readonly stream: string;
}
