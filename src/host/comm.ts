/** What comes over a comm. */
export interface CommMessage {
  readonly data: Readonly<Record<string, unknown>>;
  readonly buffers: readonly Uint8Array[];
}

/** What is sent over a comm. */
export interface CommContent {
  readonly data?: Readonly<Record<string, unknown>>;
  readonly buffers?: readonly Uint8Array[];
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** A channel between an object in the kernel and one in the front end. */
export interface KernelComm {
  readonly id: string;
  send(content: CommContent): void;
  close(): void;
  onMessage(listener: (message: CommMessage) => void): () => void;
  onClose(listener: () => void): () => void;
}
