import Type, { type Static } from 'typebox'

/** Every failure: what was asked, what was found, what to do. */
export const Failure = Type.Object(
  {
    error: Type.Object(
      {
        code: Type.String(),
        message: Type.String(),
        asked: Type.Optional(Type.Unknown()),
        found: Type.Optional(Type.Unknown()),
        do: Type.Optional(Type.String()),
      },
      { additionalProperties: true },
    ),
  },
  { $id: 'Failure' },
)
export type Failure = Static<typeof Failure>
