/** What the app uses of age-encryption. */
export class Decrypter {
	addIdentity(identity: string): void;
	decrypt(file: Uint8Array): Promise<Uint8Array>;
}
export function generateX25519Identity(): Promise<string>;
export function identityToRecipient(identity: string): Promise<string>;
