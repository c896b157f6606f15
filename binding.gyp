{
  "variables": { "sanitize%": "" },
  "target_defaults": {
    "default_configuration": "Release",
    "cflags!": ["-fno-omit-frame-pointer"],
    "cflags_cc!": ["-std=gnu++17", "-std=gnu++20"],
    "cflags": ["-O3", "-fno-tree-vectorize", "-fno-tree-slp-vectorize", "-fvisibility=hidden", "-Wall", "-Wextra", "-fno-plt"],
    "cflags_cc": ["-std=c++20", "-fno-exceptions", "-fno-rtti", "-fvisibility-inlines-hidden"],
    "conditions": [
      ["OS=='linux'", {
        "cflags": ["-ffunction-sections", "-fdata-sections", "-fno-stack-protector"],
        "cflags_cc": ["-fno-threadsafe-statics"],
        "ldflags": ["-Wl,-Bsymbolic", "-Wl,--exclude-libs,ALL", "-Wl,--gc-sections"]
      }],
      ["OS=='linux' and sanitize==''", { "ldflags": ["-nostdlib"], "libraries": ["-lgcc"] }],
      ["sanitize!=''", { "cflags": ["-fsanitize=<(sanitize)", "-g"], "ldflags": ["-fsanitize=<(sanitize)"] }],
      ["OS=='mac'", {
        "xcode_settings": {
          "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
          "GCC_ENABLE_CPP_EXCEPTIONS": "NO",
          "GCC_ENABLE_CPP_RTTI": "NO",
          "GCC_THREADSAFE_STATICS": "NO",
          "GCC_INLINES_ARE_PRIVATE_EXTERN": "YES",
          "DEAD_CODE_STRIPPING": "YES",
          "GCC_OPTIMIZATION_LEVEL": "3",
          "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
          "MACOSX_DEPLOYMENT_TARGET": "11.0"
        }
      }],
      ["OS=='win'", { "msbuild_toolset": "ClangCL", "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/std:c++20", "/O2"], "ExceptionHandling": 0, "RuntimeTypeInfo": "false" } } }]
    ]
  },
  "targets": [
    {
      "target_name": "core",
      "type": "static_library",
      "sources": [
        "native/core/chunked.cc",
        "native/core/field_line.cc",
        "native/core/field_names.cc",
        "native/core/framing.cc",
        "native/core/kernel.cc",
        "native/core/kernels/scalar.cc",
        "native/core/names.cc",
        "native/core/request_head.cc",
        "native/core/request_lines.cc",
        "native/core/request_target.cc",
        "native/core/response_head.cc",
        "native/core/shape_table.cc",
        "native/core/transcode.cc",
        "native/core/uwsgi_packet.cc"
      ],
      "conditions": [
        ["target_arch=='x64'", { "dependencies": ["kernel_avx2", "kernel_ssse3"] }],
        ["target_arch=='arm64'", { "sources": ["native/core/kernels/neon.cc"] }]
      ]
    },
    {
      "target_name": "kernel_avx2",
      "type": "static_library",
      "conditions": [
        ["target_arch=='x64'", {
          "sources": ["native/core/kernels/avx2.cc"],
          "cflags_cc": ["-mavx2", "-mbmi"],
          "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["-mavx2", "-mbmi"] },
          "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["-mavx2", "-mbmi"] } }
        }, { "type": "none" }]
      ]
    },
    {
      "target_name": "kernel_ssse3",
      "type": "static_library",
      "conditions": [
        ["target_arch=='x64'", {
          "sources": ["native/core/kernels/ssse3.cc"],
          "cflags_cc": ["-mssse3", "-mpopcnt"],
          "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["-mssse3", "-mpopcnt"] },
          "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["-mssse3", "-mpopcnt"] } }
        }, { "type": "none" }]
      ]
    },
    {
      "target_name": "gatewire",
      "sources": [
        "native/node/module.cc",
        "native/node/arguments.cc",
        "native/node/functions.cc",
        "native/boundary/uwsgi.cc",
        "native/boundary/encoding.cc",
        "native/boundary/head_result.cc",
        "native/boundary/http.cc",
        "native/boundary/response_head.cc",
        "native/boundary/chunked.cc",
        "native/node/sockets.cc",
        "native/transport/socket_table.cc"
      ],
      "include_dirs": ["native", "<!(node -p \"require('node-addon-api').include_dir\")"],
      "dependencies": ["core"],
      "defines": ["NAPI_VERSION=8", "NAPI_DISABLE_CPP_EXCEPTIONS", "NODE_ADDON_API_DISABLE_DEPRECATED"]
    }
  ]
}
