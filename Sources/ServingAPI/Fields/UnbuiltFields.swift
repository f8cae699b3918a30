import ModelFiles

/// Fields of other servers that would change an answer, and that nothing here does.
enum UnbuiltFields {
    static let all: [FieldRule] = constraints + templates + samplers + sampling + lengths + forms + tools + thoughts

    private static let constraints: [FieldRule] = [
        "grammar", "regex", "ebnf", "json_schema", "guided_json", "guided_regex", "guided_choice", "guided_grammar",
        "guided_decoding_backend", "structured_outputs", "structural_tag",
    ].map { .refuses($0, "{\"type\": \"json_object\"} as response_format is the only constraint on answers") }

    private static let templates: [FieldRule] = [
        "documents", "chat_template", "chat_template_kwargs", "mm_processor_kwargs", "media_io_kwargs",
    ].map { .refuses($0, "the base's own chat template reads the messages alone; put it into a message") }

    /// Each with the value at which it does nothing.
    private static let samplers: [FieldRule] = [
        ("mirostat", 0), ("mirostat_tau", 5), ("mirostat_eta", 0.1), ("dynatemp_range", 0), ("dynatemp_exponent", 1),
        ("xtc_probability", 0), ("xtc_threshold", 0.1), ("dry_multiplier", 0), ("dry_base", 1.75),
        ("dry_allowed_length", 2), ("dry_penalty_last_n", -1), ("repeat_last_n", 64), ("top_n_sigma", -1),
        ("typical_p", 1), ("tfs_z", 1), ("epsilon_cutoff", 0), ("eta_cutoff", 0),
    ].map {
        .refuses($0.0, "sampling has temperature, top_k, top_p, min_p and the penalties", unless: .double($0.1))
    }

    private static let sampling: [FieldRule] = [
        .refuses("samplers", "the order is penalties, temperature, min_p, top_k, top_p"),
        .refuses("logits_processors", "use logit_bias"), .refuses("custom_params", "use logit_bias"),
        .refuses("allowed_token_ids", "use logit_bias: 100 forces a token"),
        .refuses("bad_words", "use logit_bias: -100 forbids a token"),
        .refuses("do_sample", "temperature 0 always takes the most likely token", unless: .bool(true)),
        .refuses("use_beam_search", "use n and choose", unless: .bool(false)),
        .refuses("num_beams", "use n and choose", unless: .int(1)),
        .refuses("repetition_detection", "use repetition_penalty"),
        .refuses("watermark", "leave it out", unless: .bool(false)),
        .refuses("vllm_xargs", "there are no extensions to take them"),
        .refuses("kv_transfer_params", "prefixes are not moved between servers"),
        .refuses("priority", "tenants' weights decide; see `loradeck keys add --weight`", unless: .int(0)),
    ]

    private static let lengths: [FieldRule] = [
        .refuses("stop_token_ids", "use stop, with the text"), .refuses("stop_regex", "use stop, with the text"),
        .refuses("no_stop_trim", "an answer ends before its stop text", unless: .bool(false)),
        .refuses("include_stop_str_in_output", "an answer ends before its stop text", unless: .bool(false)),
        .refuses("min_tokens", "use ignore_eos with max_tokens for an exact length", unless: .int(0)),
        .refuses("min_new_tokens", "use ignore_eos with max_tokens for an exact length", unless: .int(0)),
        .refuses("min_length", "use ignore_eos with max_tokens for an exact length", unless: .int(0)),
        .refuses("truncate_prompt_tokens", "send a shorter prompt"), .refuses("truncate", "send a shorter prompt"),
        .refuses("num_ctx", "the base's context is what it is; /v1/models shows it as max_model_len"),
    ]

    private static let forms: [FieldRule] = [
        .refuses("prompt_embeds", "send text or token ids"), .refuses("input_embeds", "send text or token ids"),
        .refuses("prompt_logprobs", "/v1/completions with echo and logprobs scores prompts"),
        .refuses("details", "use logprobs", unless: .bool(false)),
        .refuses("decoder_input_details", "use echo and logprobs", unless: .bool(false)),
        .refuses("skip_special_tokens", "special tokens are silent", unless: .bool(true)),
        .refuses("detokenize", "answers are text", unless: .bool(true)),
        .refuses("return_token_ids", "/tokenize turns text into ids", unless: .bool(false)),
        .refuses("return_tokens", "/tokenize turns text into ids", unless: .bool(false)),
        .refuses("return_tokens_as_token_ids", "/tokenize turns text into ids", unless: .bool(false)),
        .refuses("modalities", "answers are text", unless: .array([.string("text")])),
        .refuses("audio", "answers are text"), .refuses("prediction", "leave it out"),
        .refuses("verbosity", "ask for it in the prompt", unless: .string("medium")),
    ]

    private static let tools: [FieldRule] = [
        .refuses("tools", "put what they do into the prompt"),
        .refuses("functions", "put what they do into the prompt"),
        .refuses("tool_choice", "no tools are called", unless: .string("none"), .string("auto")),
        .refuses("function_call", "no tools are called", unless: .string("none"), .string("auto")),
        .refuses("web_search_options", "the base knows its prompt only"),
    ]

    private static let thoughts: [FieldRule] = [
        .refuses("reasoning_effort", "an answer has one part", unless: .string("none")),
        .refuses("reasoning", "an answer has one part"),
        .refuses("think", "an answer has one part", unless: .bool(false)),
        .refuses("thinking", "an answer has one part"),
        .refuses("thinking_token_budget", "an answer has one part"),
    ]
}
