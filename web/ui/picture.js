// The picture itself. A still picture must never pass for a live one: an old one is marked after two
// seconds and taken away after six.

import { html, useEffect, useLayoutEffect, useRef, useState } from '../vendor/standalone.module.js';
import { pictureAge } from '../words.js';

const OLD_MS = 2500;
const GONE_MS = 6000;
const LOOK_EVERY_MS = 500;

/**
 * @param {{stream: MediaStream | null, isMuted: boolean, isFilling: boolean, label: string}} props
 * `stream` is proven, or null
 */
export function Picture({ stream, isMuted, isFilling, label }) {
	const video = useRef(/** @type {HTMLVideoElement | null} */ (null));
	const age_ms = useAge(video, stream);
	useLayoutEffect(() => {
		const element = video.current;
		if (!element || element.srcObject === stream)
			return;
		element.srcObject = stream;
		if (stream)
			element.play().catch(() => {});
	}, [stream]);
	useLayoutEffect(() => {
		if (video.current)
			video.current.muted = isMuted;
	}, [isMuted]);
	const isShown = stream !== null && age_ms < GONE_MS;
	return html`<video class=${`picture ${isFilling ? 'fill' : 'fit'} ${isShown ? '' : 'covered'}`} ref=${video}
			playsinline autoplay muted disablepictureinpicture aria-label=${label}></video>
		${isShown && age_ms > OLD_MS && html`<p class="old" role="status">${pictureAge(age_ms)}</p>`}`;
}

/**
 * How old the picture on the screen is; Infinity before the first.
 * @param {{current: HTMLVideoElement | null}} video @param {MediaStream | null} stream
 */
function useAge(video, stream) {
	const [age_ms, setAge] = useState(Infinity);
	useEffect(() => {
		const element = video.current;
		if (!element || !stream)
			return setAge(Infinity);
		let seenAt = -Infinity;
		let handle = 0;
		const onFrame = () => {
			seenAt = performance.now();
			setAge((old) => (old > OLD_MS ? 0 : old));
			handle = element.requestVideoFrameCallback(onFrame);
		};
		handle = element.requestVideoFrameCallback(onFrame);
		// A hidden page draws no frames, which says nothing about the camera.
		const timer = setInterval(() => document.hidden || setAge(performance.now() - seenAt), LOOK_EVERY_MS);
		const onReturn = () => {
			seenAt = Math.max(seenAt, performance.now() - OLD_MS);
		};
		document.addEventListener('visibilitychange', onReturn);
		return () => {
			clearInterval(timer);
			element.cancelVideoFrameCallback(handle);
			document.removeEventListener('visibilitychange', onReturn);
		};
	}, [stream]);
	return age_ms;
}
