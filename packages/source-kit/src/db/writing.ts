/** A load that takes effect. */
export interface Writing {
  typeId: number;
  /** The load's number among all that came. */
  no: number;
  /** Its number among those of the type that took effect. */
  seq: number;
  scopePrefix: string;
}
