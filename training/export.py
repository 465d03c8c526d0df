"""Loads and writes a model in Huginn's Hugging Face layout (config.json, model.safetensors, tokenizer files)."""
import json
import math
from pathlib import Path

import torch

import tensorfile
from model import Config, Huginn
from tokenizer import SPECIAL

NOTCHES = [1, 2, 4, 8, 16, 32, 64]
TEMPLATE = (
    "{% set loop_messages = messages %}{% for message in loop_messages %}{% set start_content = '<|begin_header|>' %}"
    "{% set end_content = message['content'] | trim  + '<|end_turn|>' %}{% if loop.index0 == 0 %}"
    "{% set start_content = bos_token + start_content %}{% endif %}"
    "{% if message['role'] == 'Huginn' or message['role'] == 'assistant' %}"
    "{% set start_content = start_content + 'Huginn<|end_header|>\n\n' %}{{ start_content }}"
    "{% generation %}{{ end_content }}{% endgeneration %}{% else %}"
    "{% set start_content = start_content + message['role'] + '<|end_header|>\n\n' %}{{ start_content }}{{ end_content }}"
    "{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|begin_header|>Huginn<|end_header|>\n\n' }}"
    "{% else %}{{ '<|end_text|>' }}{% endif %}")


def load(folder):
    """A model from a folder of that layout; lm_head and freqs_cis may be present and are ignored (tied, recomputed)."""
    folder = Path(folder)
    raw = json.loads((folder / 'config.json').read_text())
    config = Config(raw['vocab_size'], raw['n_embd'], raw.get('n_heads') or raw['num_attention_heads'], raw['intermediate_size'],
                    raw['n_layers_in_prelude'], raw['n_layers_in_recurrent_block'], raw['n_layers_in_coda'],
                    raw['mean_recurrence'], raw['block_size'], raw['rope_base'], raw['norm_eps'])
    model = Huginn(config)
    state = {}
    for file in sorted(folder.glob('model*.safetensors')):
        state.update({k: torch.tensor(v, dtype=torch.float32) for k, v in tensorfile.read(file).items()
                      if k not in ('lm_head.weight', 'freqs_cis')})
    model.load_state_dict(state)
    return model.eval()


def config_json(c, description):
    std = c.init_std
    depth = c.n_prelude + c.n_coda + c.n_core * c.mean_recurrence
    return dict(
        name='Plumb Mini', architectures=['RavenForCausalLM'], torch_dtype='float32', model_type='huginn_raven',
        block_size=c.block_size, vocab_size=c.vocab_size, padded_vocab_size=c.vocab_size, padding_multiple=32,
        tie_embeddings=True, tie_word_embeddings=True, n_heads=c.n_heads, num_attention_heads=c.n_heads,
        num_key_value_heads=c.n_heads, head_dim=c.n_embd // c.n_heads, n_embd=c.n_embd, intermediate_size=c.intermediate_size,
        bias=False, architecture_class_name='RecurrentGPT', block_class_name='SandwichBlock', norm_class_name='RMSNorm_llama',
        norm_eps=c.norm_eps, mlp_class_name='GatedMLP', nonlin_name='SiLU', init_strategy='takase', init_orthogonal=False,
        state_init='like-init', injection_type='linear', n_layers_in_prelude=c.n_prelude,
        n_layers_in_recurrent_block=c.n_core, n_layers_in_coda=c.n_coda, n_layers=c.n_prelude + c.n_core + c.n_coda,
        mean_recurrence=c.mean_recurrence, sampling_scheme='need-plus-poisson', mean_backprop_depth=4,
        effective_expected_depth=depth, qk_bias=True, activation_checkpoint_impl='none', rope_base=c.rope_base,
        test_time_noise=0, test_time_noise_type='fixed', transformers_version='4.47.1',
        init_values=dict(std=std, out_proj=std / math.sqrt(2 * depth), embedding=std, embed_scale=c.embed_scale),
        plumb_step_notches=NOTCHES, plumb_description=description)


def write(model, tokenizer, folder, description, dtype='F32'):
    """The whole folder. The tied head is stored once (transformer.wte.weight)."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)

    def put(name, doc):
        (folder / name).write_text(json.dumps(doc, indent=1, ensure_ascii=False) + '\n', encoding='utf-8')

    c = model.config
    put('config.json', config_json(c, description))
    tensorfile.write(folder / 'model.safetensors', {k: v.numpy() for k, v in model.state_dict().items()}, dtype)
    tokenizer.save(folder)
    flags = dict(lstrip=False, normalized=False, rstrip=False, single_word=False)
    put('tokenizer_config.json', dict(
        added_tokens_decoder={str(tokenizer.ids[t]): dict(content=t, **flags, special=True) for t in SPECIAL},
        bos_token=SPECIAL[0], chat_template=TEMPLATE, clean_up_tokenization_spaces=True, eos_token=SPECIAL[1],
        model_max_length=c.block_size, pad_token=SPECIAL[5], tokenizer_class='PreTrainedTokenizerFast'))
    put('special_tokens_map.json', {k: dict(content=SPECIAL[i], **flags) for k, i in
                                    (('bos_token', 0), ('eos_token', 1), ('pad_token', 5))})
    put('generation_config.json', dict(bos_token_id=tokenizer.bos, pad_token_id=tokenizer.pad, do_sample=False,
                                       eos_token_id=[tokenizer.eos, tokenizer.turn_end], transformers_version='4.47.1'))
