// This device: who it is to the box, what it remembers, what it keeps as evidence.

import { html, useEffect, useState } from '../vendor/standalone.module.js';
import { readAlarms } from '../box/memory.js';
import { alarmText, memoryText, moment, roleWord, words } from '../words.js';
import { Limits } from './home.js';
import { Icon, saveJson, useBox } from './parts.js';

/** @param {{box: import('../box/box.js').Box}} props */
export function Phone({ box }) {
	const { me, checkpoint } = useBox(box);
	const [alarms, setAlarms] = useState(/** @type {import('../box/memory.js').Alarm[]} */ ([]));
	const [isSure, setSure] = useState(false);
	useEffect(() => {
		readAlarms().then(setAlarms, () => {});
	}, []);
	const identity = box.pairing?.identity;
	return html`<main class="page">
		<h1 tabindex="-1" class="page-title">${words.phone}</h1>
		<section class="card who-am-i"><span class="face"><${Icon} name="device" /></span>
			<span class="person"><strong>${identity?.name}</strong>
				<small>${[me?.name ?? identity?.user, me && roleWord(me.role)].filter(Boolean).join(' · ')}</small></span></section>
		<section class="card"><h2>${words.phoneMemory}</h2>
			<p>${checkpoint ? memoryText(checkpoint) : words.starting}</p>
			${checkpoint && html`<pre>${checkpoint.note.split('\n\n')[0]}</pre>`}
			<p class="dim">${words.phoneKey}</p>
			<pre>${identity?.vkey}</pre></section>
		${alarms.length > 0 && html`<section class="card"><h2>${words.phoneEvidence}</h2>
			<ul class="evidence">${alarms.map((alarm) => html`<li><span><strong>${moment(alarm.at)}</strong><small>${alarmText(alarm.word)}</small></span>
				<button class="plain" onClick=${() => saveEvidence(alarm)}>${words.save}</button></li>`)}</ul></section>`}
		${location.protocol === 'https:' && html`<section class="card"><h2>${words.phoneTrust}</h2><p class="dim">${words.phoneTrustText}</p>
			<a class="plain" href="/ca.crt" download="ward-ca.crt"><${Icon} name="down" />${words.phoneTrustGet}</a></section>`}
		${me && me.role !== 'guest' && html`<a class="card keys-link" href="#/keys"><${Icon} name="key" /><strong>${words.keys}</strong><${Icon} name="on" /></a>`}
		${me?.role === 'owner' && html`<a class="card keys-link" href="#/faces"><${Icon} name="face" /><strong>${words.faces}</strong><${Icon} name="on" /></a>`}
		<${Limits} />
		<button class="danger wide" onClick=${() => (isSure ? box.leave() : setSure(true))}>${isSure ? words.forgetSure : words.forgetButton}</button>
	</main>`;
}

/** @param {import('../box/memory.js').Alarm} alarm */
export function saveEvidence(alarm) {
	saveJson(`ward-evidence-${new Date(alarm.at).toISOString().slice(0, 19).replaceAll(':', '')}.json`, alarm);
}
